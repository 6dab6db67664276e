import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { Promotion } from '@cloudbox/protocol/platform-replies'
import { showMoment } from './duration.ts'
import type { Terminal } from './terminal/terminal.ts'
import { count, measuresText, msText, wrapIn } from './step-text.ts'
import { cutTo, harmless, widthOf } from './terminal/text.ts'

/** Where it is shown. */
type Shown = Pick<Terminal, 'paint' | 'width'>

type Plan = Promotion['plan']

/** What there is to type of an id. */
export const shortId = (id: string) => id.slice(0, 8)

/** All that a promotion does, to be read from top to bottom before it is agreed to. */
export function promotionText(shown: Shown, promotion: Promotion, target: string): string {
  const { id, source, state, plan } = promotion
  const when = showMoment(promotion.undoneAt ?? promotion.appliedAt ?? promotion.proposedAt)
  const who = harmless(promotion.undoneBy ?? promotion.appliedBy ?? promotion.proposedBy)
  const said = `${shortId(id)}, ${state} ${when} by ${who}`
  const sections: (readonly [title: string, lines: readonly string[]])[] = [
    ['Structure', stepLines(shown, promotion)],
    ['Settings', plan.settings.map(({ at, ...change }) => changeLine(shown, at, change))],
    ['Configuration', plan.variables.map(({ name, ...change }) => changeLine(shown, name, change))],
    [`Secrets that only ${harmless(source)} has`, plan.missingSecrets.map(name => `    ${harmless(name)}`)],
    ['Rehearsal', rehearsalLines(shown, promotion)],
  ]
  return [
    `${shown.paint('bold', `${harmless(source)} → ${target}`)}\n${shown.paint('dim', said)}`,
    ...sections.flatMap(([title, lines]) =>
      lines.length === 0 ? [] : [[shown.paint('bold', title), ...lines].join('\n')],
    ),
  ].join('\n\n')
}

export function changeCount({ steps, settings, variables }: Plan): number {
  return steps.length + settings.length + variables.length
}

export function destructiveCount({ steps }: Plan): number {
  return steps.filter(({ isDestructive }) => isDestructive).length
}

export function rehearsalFailure({ rehearsal: { failure } }: Promotion): ProblemBody | undefined {
  return failure as ProblemBody | undefined
}

function stepLines(shown: Shown, { plan: { steps }, rehearsal }: Promotion): string[] {
  const { paint } = shown
  const digits = String(steps.length).length
  const indent = ' '.repeat(6 + digits)
  return steps.flatMap((step, i) => {
    const number = paint('dim', String(i + 1).padStart(digits))
    const mark = step.isDestructive ? paint('red', '!') : ' '
    const [first = '', ...more] = wrapIn(shown, indent.length, harmless(step.sentence))
    return [
      `  ${mark} ${number}  ${step.isDestructive ? paint('red', first) : first}`,
      ...more.map(line => `${indent}${step.isDestructive ? paint('red', line) : line}`),
      ...policyLines(shown, indent, step),
      ...wrapIn(shown, indent.length, triedText(rehearsal, i)).map(line => `${indent}${paint('dim', line)}`),
    ]
  })
}

/** A policy that changes is worth reading: it decides who sees what. */
function policyLines(
  { paint, width = Infinity }: Shown,
  indent: string,
  step: Plan['steps'][number],
): string[] {
  if (step.kind !== 'change-policy') return []
  const line = (style: 'red' | 'green', sign: string, text: unknown) =>
    typeof text === 'string'
      ? [`${indent}${paint(style, cutTo(`${sign} ${harmless(text)}`, width - indent.length))}`]
      : []
  return [...line('red', '-', step.before), ...line('green', '+', step.after)]
}

function triedText({ steps, failure }: Promotion['rehearsal'], index: number): string {
  const tried = steps[index]
  if (tried !== undefined) return measuresText(tried)
  return failure !== undefined && index === steps.length ? 'stopped here' : 'not tried'
}

function changeLine(
  { paint, width = Infinity }: Shown,
  name: string,
  { before, after }: { readonly before?: unknown; readonly after?: unknown },
): string {
  const head = harmless(name)
  const room = Math.max(8, Math.floor((width - 10 - widthOf(head)) / 2))
  const value = (text: unknown) =>
    cutTo(harmless(typeof text === 'string' ? text : JSON.stringify(text)), room)
  const painted = (style: 'red' | 'green', text: unknown) =>
    text === undefined ? 'unset' : paint(style, value(text))
  return `    ${head}  ${painted('red', before)} → ${painted('green', after)}`
}

function rehearsalLines(shown: Shown, promotion: Promotion): string[] {
  const { paint } = shown
  const { steps } = promotion.rehearsal
  const failure = rehearsalFailure(promotion)
  if (promotion.plan.steps.length === 0) return []
  const ms = steps.reduce((sum, step) => sum + step.ms, 0)
  const destructive = destructiveCount(promotion.plan)
  const lines =
    failure === undefined
      ? [
          `${paint('green', '✓')} ${count(steps.length, 'step')} in ${msText(ms)} on a copy; what is locked waits as long.`,
        ]
      : wrapIn(shown, 4, `${failure.detail} ${failure.hint ?? ''}`.trimEnd()).map((line, i) =>
          i === 0 ? `${paint('red', '✗')} ${line}` : `  ${line}`,
        )
  if (destructive > 0)
    lines.push(`${paint('red', '!')} takes values from documents; the trash keeps them for 14 days.`)
  return lines.map(line => `  ${line}`)
}
