import { copyFileSync, statSync, truncateSync } from 'node:fs'

const limitBytes = 5_000_000
const checkEveryMs = 60_000

/**
 * Keeps the log of Postgres below a size: the older half goes to `<file>.1`, replacing the one before.
 *
 * Postgres holds the file open and appends, so it is copied and emptied rather than renamed.
 */
export function boundLog(file: string): { stop(): void } {
  const check = () => {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < limitBytes) return
    copyFileSync(file, `${file}.1`)
    truncateSync(file)
  }
  check()
  const timer = setInterval(check, checkEveryMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
