/** Commits are many bytes apart in the log, so one position more is after a commit and before the next. */
export function nextLsn(lsn: string): string {
  return shifted(lsn, 1n)
}

/** The position just before a commit: continuing from here includes it. */
export function previousLsn(lsn: string): string {
  return shifted(lsn, -1n)
}

function shifted(lsn: string, by: bigint): string {
  return (BigInt(`0x${lsn}`) + by).toString(16).padStart(16, '0')
}
