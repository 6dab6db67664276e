/**
 * The 64-bit id of a transaction of which the wire gives the low 32 bits.
 * Right while it is less than 2^31 ids away from `near`, which Postgres itself guarantees of all ids in use.
 */
export function extendXid(low: number, near: bigint): bigint {
  return near + BigInt.asIntN(32, BigInt(low) - near)
}
