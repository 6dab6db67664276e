import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface TidyOptions {
  /** How often to look; a stretch this long with little to do counts as idle. */
  readonly everyMs: number
  /** Growth since the last time that is worth a pause. */
  readonly worthBytes: number
}

/** More processor time than this part of a stretch means that somebody is waiting for us. */
const idleShare = 0.02
const defaults: TidyOptions = { everyMs: 10_000, worthBytes: 48 * 1024 * 1024 }

/**
 * Gives memory back to the system once nothing happens any more. After a burst the engine keeps the pages it needed for
 * a later one; a bulk load leaves 200 MB of them, of which 25 are in use. Costs a pause, at most
 * once per stretch, when nobody is there: 0.1 s with 22 MB in use, 0.2 s with 45 were measured. Returns the way to stop.
 */
export function tidyWhenIdle({ everyMs, worthBytes }: TidyOptions = defaults): () => void {
  let tidyBytes = process.memoryUsage.rss()
  let cpu = process.cpuUsage()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(cpu)
    cpu = process.cpuUsage()
    const isIdle = user + system < everyMs * 1000 * idleShare
    if (!isIdle || process.memoryUsage.rss() - tidyBytes < worthBytes) return
    giveBack()
    tidyBytes = process.memoryUsage.rss()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** A collection that also releases the pages the engine has set aside. Node offers it only behind a flag. */
function giveBack(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
