import { authProblems } from '@cloudbox/protocol/auth'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from '../../../kernel/problem.ts'

/** A mail as its author wrote it, with `{{ variable }}` in it. */
export interface MailTemplate {
  readonly subject: string
  readonly html: string
  readonly text: string
}

type Part = keyof MailTemplate
const parts: readonly Part[] = ['subject', 'html', 'text']

/** A variable, or what looks as if it was meant to be one. Closing braces alone are good CSS. */
const holes = /\{\{\s*(\w+)\s*\}\}|\{\{/g

/** Control characters, line and paragraph separators, and those that turn the direction of text around. */
const unsafe = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** Puts values into a template: escaped in HTML, and never with a line break, so that none makes a header or a line. */
export function renderMail(template: MailTemplate, values: Readonly<Record<string, string>>): MailTemplate {
  checkTemplate(template, Object.keys(values))
  const fill = (part: Part, write: (value: string) => string) =>
    template[part].replaceAll(holes, (_hole, name: string) => write(values[name]!.replaceAll(unsafe, ' ')))
  return {
    subject: fill('subject', value => value)
      .replaceAll(unsafe, ' ')
      .trim(),
    html: fill('html', escapeHtml),
    text: fill('text', value => value),
  }
}

/**
 * Refuses a template that names a variable its kind does not have, or has a brace too many.
 *
 * @param needed a variable without which the mail is of no use, its link or code, and where it has to be
 */
export function checkTemplate(
  template: MailTemplate,
  variables: readonly string[],
  needed: { readonly name?: string | undefined; readonly parts: readonly Part[] } = { parts: [] },
): void {
  const errors = parts.flatMap(part => mistakesIn(template, part, variables))
  if (/[\r\n]/.test(template.subject)) errors.push({ at: '/subject', message: 'A subject is a single line.' })
  if (template.subject.trim() === '') errors.push({ at: '/subject', message: 'The subject is empty.' })
  for (const part of needed.parts) {
    if (needed.name !== undefined && !namesOf(template[part]).includes(needed.name))
      errors.push({ at: `/${part}`, message: `It lacks {{ ${needed.name} }}: the mail would be of no use.` })
  }
  if (errors.length === 0) return
  throw new Problem(authProblems['invalid-template'], errors[0]!.message, {
    hint: `It may name: ${variables.map(name => `{{ ${name} }}`).join(', ')}.`,
    errors,
  })
}

function mistakesIn(template: MailTemplate, part: Part, variables: readonly string[]): ProblemDetail[] {
  const mistakes: ProblemDetail[] = []
  for (const { 0: hole, 1: name, index } of template[part].matchAll(holes)) {
    if (name !== undefined && variables.includes(name)) continue
    const line = template[part].slice(0, index).split('\n').length
    const what = name === undefined ? `A stray ${hole}` : `There is no variable ${name}`
    mistakes.push({
      at: `/${part}`,
      message: `${what} in ${part}, line ${line} (characters ${index} to ${index + hole.length}).`,
    })
  }
  return mistakes
}

function namesOf(source: string): string[] {
  return [...source.matchAll(holes)].flatMap(([, name]) => name ?? [])
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
