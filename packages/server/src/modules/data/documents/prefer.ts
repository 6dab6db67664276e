import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'

/** How a caller would like a write to be done (RFC 7240, in PostgREST's words). */
export interface Prefer {
  /** What is answered: the documents (default), nothing, or nothing but where the new document is. */
  readonly return?: 'minimal' | 'representation' | 'headers-only' | undefined
  /** What becomes of documents that are there already. */
  readonly resolution?: 'merge-duplicates' | 'ignore-duplicates' | undefined
  /** The request fails, and nothing is written, when it would change more documents. */
  readonly maxAffected?: number | undefined
  /** All that is kept of the wishes, for the header `preference-applied`; empty when there was none. */
  readonly applied: string
}

export const noPreference: Prefer = { applied: '' }

const choices: Readonly<Record<string, readonly string[]>> = {
  return: ['minimal', 'representation', 'headers-only'],
  resolution: ['merge-duplicates', 'ignore-duplicates'],
  handling: ['strict', 'lenient'],
}

/**
 * Reads `Prefer`. Wishes nobody knows are passed over, unless `handling=strict` asks to be told. `max-affected` counts
 * under `handling=strict` only, as PostgREST has it.
 *
 * @param offered The wishes this request can keep.
 * @throws Problem `data/invalid-preference`
 */
export function readPrefer(
  header: string | string[] | undefined,
  offered: readonly ('return' | 'resolution' | 'max-affected')[],
): Prefer {
  if (header === undefined) return noPreference
  const wishes = parse(String(header))
  const isStrict = wishes.get('handling')?.toLowerCase() === 'strict'
  const kept = new Map<string, string>()
  const refused: string[] = []
  for (const [name, value] of wishes) {
    const lower = value.toLowerCase()
    const isOffered = name === 'handling' || (offered as readonly string[]).includes(name)
    const isKnown = choices[name]?.includes(lower) ?? (name === 'max-affected' && /^\d{1,9}$/.test(value))
    if (!isOffered || !isKnown) refused.push(value === '' ? name : `${name}=${value}`)
    else if (name !== 'max-affected' || isStrict) kept.set(name, lower)
  }
  if (isStrict && refused.length > 0) throw invalid(refused, offered)
  const maxAffected = kept.get('max-affected')
  return {
    return: kept.get('return') as Prefer['return'],
    resolution: kept.get('resolution') as Prefer['resolution'],
    maxAffected: maxAffected === undefined ? undefined : Number(maxAffected),
    applied: [...kept].map(([name, value]) => `${name}=${value}`).join(', '),
  }
}

/** The first of each name counts. */
function parse(header: string): Map<string, string> {
  const wishes = new Map<string, string>()
  for (const part of header.split(',')) {
    const [, name, value = ''] = /^\s*([\w-]+)\s*(?:=\s*"?([^";]*?)"?\s*)?(?:;.*)?$/.exec(part) ?? []
    if (name !== undefined && !wishes.has(name.toLowerCase())) wishes.set(name.toLowerCase(), value)
  }
  return wishes
}

function invalid(refused: readonly string[], offered: readonly string[]): Problem {
  const known = [...offered, 'handling'].map(name =>
    choices[name] === undefined ? `${name}=N` : `${name}=${choices[name].join('|')}`,
  )
  return new Problem(
    dataProblems['invalid-preference'],
    `Prefer: '${refused[0]!.slice(0, 80)}' cannot be kept here.`,
    {
      hint: `Here go: ${known.join(', ')}.`,
      errors: refused.map(wish => ({ at: 'prefer', message: `'${wish.slice(0, 80)}' cannot be kept here` })),
    },
  )
}
