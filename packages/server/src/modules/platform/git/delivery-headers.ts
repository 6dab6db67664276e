/** Headers of a delivery, names in lower case. */
export type DeliveryHeaders = Readonly<Record<string, string | string[] | undefined>>
