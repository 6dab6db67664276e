import type { Terminal } from './terminal.ts'
import { cutTo } from './text.ts'

/** One line on standard error that says how far long work is; nothing where that is no terminal. */
export interface Progress {
  tell(text: string): void
  /** Takes the line away. */
  end(): void
}

const intervalMs = 100

export function showProgress({ stderr, showsProgress, paintError }: Terminal): Progress {
  let toldAt = -Infinity
  let isThere = false
  return {
    tell(text) {
      const now = performance.now()
      if (!showsProgress || now - toldAt < intervalMs) return
      toldAt = now
      isThere = true
      stderr.write(`\r\u001B[K${paintError('dim', cutTo(text, (stderr.columns ?? 80) - 1))}`)
    },
    end() {
      if (isThere) stderr.write('\r\u001B[K')
      isThere = false
    },
  }
}

/** Says how long something has been going on, until it is done. */
export async function whileWaiting<T>(terminal: Terminal, doing: string, work: () => Promise<T>): Promise<T> {
  const progress = showProgress(terminal)
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const seconds = Math.floor((performance.now() - startedAt) / 1000)
    progress.tell(`${doing} … ${seconds} s`)
  }, 1000)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    progress.end()
  }
}
