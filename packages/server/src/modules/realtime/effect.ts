import type { ModelRow } from '../data/module.ts'

/** What one change of a row means for one group. `json` is the document as the query selects it. */
export type Effect =
  | { readonly op: '+' | '~'; readonly key: string; readonly json: string; readonly model: ModelRow }
  | { readonly op: '-'; readonly key: string }

/** One document of an answer. */
export interface AnswerRow {
  readonly key: string
  readonly json: string
  readonly model: ModelRow
}

/** Effects as the inside of a `tx` frame's list. */
export function writeEffects(group: number, effects: Iterable<Effect>): string {
  let text = ''
  for (const effect of effects) {
    const head = `["${effect.op}",${group},${JSON.stringify(effect.key)}`
    text += `${text === '' ? '' : ','}${head}${effect.op === '-' ? '' : `,${effect.json}`}]`
  }
  return text
}

/** The shortest effects that lead to the same rows: the last one of every key. */
export function netEffects(effects: Iterable<Effect>): Effect[] {
  const first = new Map<string, Effect['op']>()
  const last = new Map<string, Effect>()
  for (const effect of effects) {
    if (!first.has(effect.key)) first.set(effect.key, effect.op)
    last.set(effect.key, effect)
  }
  return [...last.values()].flatMap((effect): Effect[] => {
    const wasThere = first.get(effect.key) !== '+'
    if (effect.op === '-') return wasThere ? [effect] : []
    return [{ ...effect, op: wasThere ? '~' : '+' }]
  })
}
