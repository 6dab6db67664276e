import type { Terminal } from './terminal/terminal.ts'
import { harmless, wrap } from './terminal/text.ts'

/** Where it is shown. */
type Shown = Pick<Terminal, 'paint' | 'width'>

/** What a step did to a copy. */
interface Measures {
  readonly locks: readonly { readonly collection: string; readonly mode: string }[]
  readonly isRewrite: boolean
  readonly rows: number
  readonly ms: number
}

interface Step extends Partial<Measures> {
  readonly sentence: string
  readonly isDestructive: boolean
  readonly safer?: string
}

/** Locks that let nobody read, and those that only let nobody write; the rest is not felt. */
const readersWait = new Set(['AccessExclusiveLock'])
const writersWait = new Set(['ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock'])

/** Numbered steps with what they cost, and what to do instead where that is better. */
export function stepLines(shown: Shown, steps: readonly Step[], isTried: boolean): string[] {
  const { paint } = shown
  const digits = String(steps.length).length
  const indent = ' '.repeat(6 + digits)
  return steps.flatMap((step, i) => {
    const number = paint('dim', String(i + 1).padStart(digits))
    const mark = step.isDestructive ? paint('red', '!') : ' '
    const red = (line: string) => (step.isDestructive ? paint('red', line) : line)
    const [first = '', ...more] = wrapIn(shown, indent.length, harmless(step.sentence))
    const tried = measuresOf(step)
    const said = !isTried ? '' : tried === undefined ? 'not tried' : measuresText(tried)
    return [
      `  ${mark} ${number}  ${red(first)}`,
      ...more.map(line => `${indent}${red(line)}`),
      ...(said === ''
        ? []
        : wrapIn(shown, indent.length, said).map(line => `${indent}${paint('dim', line)}`)),
      ...(step.safer === undefined
        ? []
        : wrapIn(shown, indent.length + 2, harmless(step.safer)).map(
            (line, n) => `${indent}${paint('cyan', `${n === 0 ? '→' : ' '} ${line}`)}`,
          )),
    ]
  })
}

function measuresOf({ locks, isRewrite, rows, ms }: Step): Measures | undefined {
  if (locks === undefined || isRewrite === undefined || rows === undefined || ms === undefined)
    return undefined
  return { locks, isRewrite, rows, ms }
}

export function measuresText(tried: Measures): string {
  return [
    lockText(tried),
    ...(tried.isRewrite ? ['rewrites the table'] : []),
    count(tried.rows, 'document'),
    msText(tried.ms),
  ].join(' · ')
}

function lockText({ locks }: Measures): string {
  const named = (modes: ReadonlySet<string>) =>
    locks
      .filter(({ mode }) => modes.has(mode))
      .map(({ collection }) => harmless(collection))
      .join(', ')
  const [all, writes] = [named(readersWait), named(writersWait)]
  const parts = [
    ...(all === '' ? [] : [`locks ${all}`]),
    ...(writes === '' ? [] : [`locks writes of ${writes}`]),
  ]
  return parts.length === 0 ? 'locks nothing' : parts.join(' · ')
}

export function wrapIn(
  { width = Infinity }: Pick<Terminal, 'width'>,
  indent: number,
  text: string,
): string[] {
  return wrap(text, Math.max(20, width - indent))
}

export function msText(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`
}

export function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}
