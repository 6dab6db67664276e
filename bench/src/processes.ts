import { readdirSync, readFileSync } from 'node:fs'

// Linux tells these per process; elsewhere the figures are NaN.

/** Milliseconds in one tick of /proc/<pid>/stat, the same on every Linux. */
const tickMs = 10

interface Stat {
  readonly pid: number
  readonly parent: number
  /** Processor time of the process itself. */
  readonly ownMs: number
  /** Processor time of its children that have ended. */
  readonly endedMs: number
}

/** Processor time of one process so far, in milliseconds. */
export function cpuOf(pid: number): number {
  return stat(pid)?.ownMs ?? Number.NaN
}

/** Processor time of everything below a process, those that have ended included, in milliseconds. */
export function cpuBelow(pid: number): number {
  const below = descendants(pid)
  if (below.length === 0) return Number.NaN
  return below.reduce((sum, { ownMs, endedMs }) => sum + ownMs + endedMs, 0)
}

/** Memory of a process in MB: what it shares with others is counted in equal parts. */
export function memoryOf(pid: number): number {
  return pss(pid)
}

/** Memory of everything below a process, in MB, and how many processes that is. */
export function memoryBelow(pid: number): { mb: number; processes: number } {
  const below = descendants(pid)
  return { mb: below.reduce((sum, { pid: one }) => sum + pss(one), 0), processes: below.length }
}

function pss(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(text)![1]) / 1024
  } catch {
    return Number.NaN
  }
}

function descendants(pid: number): Stat[] {
  const all = allProcesses()
  const found: Stat[] = []
  let parents = new Set([pid])
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent))
    found.push(...children)
    parents = new Set(children.map(child => child.pid))
  }
  return found
}

function allProcesses(): Stat[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(name => stat(Number(name)))
      .filter(one => one !== undefined)
  } catch {
    return []
  }
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces; field 3 comes after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ms = (field: number) => Number(fields[field - 3]) * tickMs
    return { pid, parent: Number(fields[1]), ownMs: ms(14) + ms(15), endedMs: ms(16) + ms(17) }
  } catch {
    return undefined
  }
}
