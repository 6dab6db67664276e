/** Where repositories live; `generic` is whatever can sign a request, e.g. a job of any CI. */
export const gitHosts = ['github', 'gitlab', 'generic'] as const

export type GitHost = (typeof gitHosts)[number]

/** Headers of a delivery, names in lower case. */
export type DeliveryHeaders = Readonly<Record<string, string | string[] | undefined>>
