import { CelError, type CelMistake } from '@cloudbox/policy/cel-error'
import { check } from '@cloudbox/policy/check'
import type { Scope } from '@cloudbox/policy/check-context'
import type { Checked } from '@cloudbox/policy/checked'
import type { CodeMistake } from '#ui/code/open-editor.ts'

export interface CheckedText {
  readonly checked: Checked | undefined
  readonly mistakes: readonly CodeMistake[]
}

/** Checks a policy as the server will when it is saved. An empty one is closed, and right. */
export function checkPolicy(text: string, scope: Scope): CheckedText {
  if (text.trim() === '') return { checked: undefined, mistakes: [] }
  try {
    const checked = check(text, scope)
    const warnings = checked.warnings.map(one => ({ ...placed(text, one), severity: 'warning' as const }))
    if (!checked.isAlwaysTrue || checked.isPublic) return { checked, mistakes: warnings }
    const unnamed = {
      from: 0,
      to: text.length,
      message: 'it is true for everyone, also without an account',
      hint: 'write public("reason") to say that this is meant',
    }
    return { checked: undefined, mistakes: [unnamed, ...warnings] }
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return { checked: undefined, mistakes: error.mistakes.map(one => placed(text, one)) }
  }
}

/** The language counts code points, editors UTF-16 units. */
function placed(text: string, { message, hint, start, end }: CelMistake): CodeMistake {
  const points = [...text]
  const units = (count: number) => points.slice(0, count).join('').length
  return { from: units(start), to: units(end), message, hint }
}

/** Where a place is, for people: `line 2, column 7`. */
export function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n')
  return `${lines.length > 1 ? `line ${lines.length}, ` : ''}column ${lines.at(-1)!.length + 1}`
}
