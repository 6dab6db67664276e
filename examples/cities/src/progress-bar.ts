import type { Progress } from './load.ts'

/** What a progress bar writes to: a terminal, or a file or pipe. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const barWidth = 28
const eraseLine = '\r\x1b[2K'

/** Shows progress as one line that moves in a terminal, and as a line every 10 % elsewhere. */
export function progressBar(output: Output, now: () => number = () => performance.now()) {
  let current = ''
  let startedAt = 0
  let lastTenth = 0

  return (progress: Progress): void => {
    const { collection, done, total } = progress
    if (collection !== current) {
      current = collection
      startedAt = now()
      lastTenth = 0
    }
    const seconds = (now() - startedAt) / 1000
    const perSecond = seconds > 0 ? done / seconds : 0
    const isDone = done === total
    if (output.isTTY) {
      const text = isDone ? doneLine(progress, seconds) : `  ${bar(progress)}${pace(progress, perSecond)}`
      // A line that wraps cannot be erased again.
      output.write(`${eraseLine}${text.slice(0, (output.columns ?? 80) - 1)}${isDone ? '\n' : ''}`)
      return
    }
    const tenth = Math.floor((done / total) * 10)
    if (tenth > lastTenth) {
      lastTenth = tenth
      output.write(
        `${isDone ? doneLine(progress, seconds) : `  ${collection} ${tenth * 10} %${pace(progress, perSecond)}`}\n`,
      )
    }
  }
}

function bar({ collection, done, total }: Progress): string {
  const filled = Math.round((done / total) * barWidth)
  const percent = `${Math.floor((done / total) * 100)} %`.padStart(5)
  return `Loading ${collection}  ${'━'.repeat(filled)}${'╌'.repeat(barWidth - filled)} ${percent}`
}

function pace({ done, total }: Progress, perSecond: number): string {
  if (perSecond === 0) return ''
  const left = Math.ceil((total - done) / perSecond)
  return `  ${Math.round(perSecond).toLocaleString('en')}/s  ${left} s left`
}

function doneLine({ collection, total }: Progress, seconds: number): string {
  return `  ✓ ${total.toLocaleString('en')} ${collection} loaded in ${seconds.toFixed(1)} s`
}
