/** How far long work is: rows, megabytes, and how long it will take still. */
export function progressText(
  {
    rows,
    bytes,
    totalBytes,
    sinceMs,
  }: {
    readonly rows: number
    readonly bytes: number
    readonly totalBytes?: number | undefined
    readonly sinceMs: number
  },
  width = 20,
): string {
  const mb = (count: number) => `${(count / 1_048_576).toFixed(1)} MB`
  if (totalBytes === undefined || totalBytes === 0) return `${rows} rows, ${mb(bytes)}`
  const share = Math.min(1, bytes / totalBytes)
  const done = Math.round(share * width)
  const restSeconds = share === 0 ? undefined : Math.ceil(((sinceMs / share) * (1 - share)) / 1000)
  const rest = restSeconds === undefined ? '' : `, ${restSeconds} s left`
  return `${'█'.repeat(done)}${'░'.repeat(width - done)} ${Math.floor(share * 100)} %, ${rows} rows, ${mb(bytes)} of ${mb(totalBytes)}${rest}`
}
