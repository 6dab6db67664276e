/** A position in the log as a number; what the wire carries as 64 bits. */
export type Lsn = bigint

/** `16/B374D848`, as Postgres writes it. */
export function parseLsn(text: string): Lsn {
  const [high, low] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

/** 16 hex digits: text order is log order. */
export function toHex(lsn: Lsn): string {
  return lsn.toString(16).padStart(16, '0')
}
