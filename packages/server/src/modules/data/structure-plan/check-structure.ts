import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import type { CodedProblem, ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from '../../../kernel/problem.ts'
import { define } from '../collections/define.ts'
import { refuseSystemChange, systemCollections, withOwnFields } from '../collections/system-collections.ts'
import { toCollection } from '../collections/to-collection.ts'

/**
 * Checks a whole structure as its author wrote it. Finds the mistakes of all collections at once, each with its place
 * from the list down: `/todos/policies/list[4:9]`.
 * @param there names of collections that are there beside those; they are not checked themselves
 * @throws Problem of the first kind that was found
 */
export function checkStructure(
  wanted: readonly CollectionDefinition[],
  there: readonly CollectionDefinition[],
  { schema, version }: { readonly schema: string; readonly version: number },
): void {
  const found: ProblemDetail[] = []
  let kind: CodedProblem | undefined
  const note = (name: string, work: () => void): void => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      kind ??= error.kind
      const details = error.errors ?? [{ at: '', message: error.message }]
      found.push(...details.map(detail => ({ ...detail, at: `/${name}${detail.at}` })))
    }
  }
  const names = new Map<string, string>()
  for (const { name } of wanted)
    note(name, () => {
      const twin = names.get(name.toLowerCase())
      names.set(name.toLowerCase(), name)
      if (twin === undefined) return
      const message = twin === name ? `there are two of them` : `${twin} differs in upper and lower case only`
      throw new Problem(dataProblems['invalid-collection'], message)
    })
  const whole = new Map([...there, ...wanted].map(definition => [definition.name, wholeOf(definition)]))
  const all = new Map(
    [...whole].map(([name, definition]) => [
      name,
      toCollection(definition, { schema, version: 0, incoming: [] }),
    ]),
  )
  for (const definition of wanted)
    note(definition.name, () => {
      const { name, fields, policies, flexible } = definition
      const own = systemCollections.get(name)?.definition
      if (own !== undefined)
        refuseSystemChange(own, { fields, policies: policies ?? {}, flexible: flexible ?? false })
      const others = new Map([...all].filter(([other]) => other !== name))
      define(whole.get(name)!, { schema, version, others })
    })
  const [first, ...others] = found
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  throw new Problem(kind!, `${first.at.slice(1)}: ${first.message}${more}`, {
    hint: first.hint,
    errors: found,
  })
}

function wholeOf(definition: CollectionDefinition): CollectionDefinition {
  const system = systemCollections.get(definition.name)
  return system === undefined ? definition : withOwnFields(system, definition)
}
