import { isDeepStrictEqual } from 'node:util'
import { canonical, indexName } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import { applyChange } from '../collections/apply-change.ts'
import { fieldsRead } from './fields-read.ts'
import type { StructureAction } from './structure-step.ts'

/** Definitions by name, all of them canonical. */
export type Structure = ReadonlyMap<string, CollectionDefinition>

export function toStructure(definitions: Iterable<CollectionDefinition>): Structure {
  return new Map(Array.from(definitions, definition => [definition.name, canonical(definition)]))
}

/**
 * What a structure is after a step. Pure.
 * @throws Problem `data/invalid-plan` where the structure is not what the step was planned for
 */
export function foldStep(structure: Structure, step: StructureAction): Structure {
  const { collection: name } = step
  const result = new Map(structure)
  if (step.kind === 'create-collection') {
    expect(step, structure.get(name), undefined)
    return result.set(name, canonical(step.after))
  }
  const known = structure.get(name)
  if (known === undefined) throw unfit(step, `there is no collection ${name}`)
  const put = (changed: Partial<CollectionDefinition>) =>
    result.set(name, canonical({ ...known, ...changed }))
  switch (step.kind) {
    case 'drop-collection':
      expect(step, known, canonical(step.before))
      result.delete(name)
      return result
    case 'rename-collection':
      return renameCollection(result, step.before, step.after)
    case 'rename-field':
      refuseCapture(known, step)
      return result.set(
        name,
        canonical(applyChange(known, { rename: { [step.before]: step.after } }).definition),
      )
    case 'add-field': {
      expect(step, known.fields[step.field], undefined)
      const fields = Object.entries(known.fields)
      fields.splice(step.position, 0, [step.field, step.after])
      return put({ fields: Object.fromEntries(fields) })
    }
    case 'change-field':
      expect(step, known.fields[step.field], step.before)
      return put({ fields: { ...known.fields, [step.field]: step.after } })
    case 'drop-field': {
      expect(step, known.fields[step.field], step.before)
      const { [step.field]: _dropped, ...fields } = known.fields
      return put({ fields })
    }
    case 'order-fields':
      expect(step, Object.keys(known.fields), step.before)
      return put({ fields: Object.fromEntries(step.after.map(field => [field, known.fields[field]!])) })
    case 'set-flexible':
      expect(step, known.flexible === true, step.before)
      return put({ flexible: step.after })
    case 'add-index':
      expect(step, findIndex(known, step.index), undefined)
      return put({ indexes: [...(known.indexes ?? []), step.after] })
    case 'drop-index':
      expect(step, findIndex(known, step.index), step.before)
      return put({ indexes: (known.indexes ?? []).filter(index => indexName(index) !== step.index) })
    case 'change-policy': {
      expect(step, known.policies?.[step.operation] ?? null, step.before)
      const { [step.operation]: _before, ...policies } = known.policies ?? {}
      return put({
        policies: step.after === null ? policies : { ...policies, [step.operation]: step.after },
      })
    }
  }
}

/** A collection under another name; relations follow it, and policies that look into it do not. */
function renameCollection(structure: Map<string, CollectionDefinition>, from: string, to: string): Structure {
  return toStructure(
    Array.from(structure.values(), definition => ({
      ...definition,
      name: definition.name === from ? to : definition.name,
      fields: Object.fromEntries(
        Object.entries(definition.fields).map(([name, field]) => [
          name,
          field.to === from ? { ...field, to } : field,
        ]),
      ),
    })),
  )
}

/** What reads an unknown field of that name would read the renamed one, and nothing would tell it from what did before. */
function refuseCapture(
  { fields, indexes = [], policies = {} }: CollectionDefinition,
  step: Extract<StructureAction, { kind: 'rename-field' }>,
): void {
  if (Object.hasOwn(fields, step.after)) return
  const expressions = [
    ...Object.values(fields).map(({ computed }) => computed),
    ...indexes.map(({ where }) => where),
    ...Object.values(policies),
  ]
  const isRead = expressions.some(text => text !== undefined && fieldsRead(text).has(step.after))
  if (isRead) throw unfit(step, `an expression reads ${step.after} already, as an unknown field`)
}

function findIndex({ indexes = [] }: CollectionDefinition, name: string) {
  return indexes.find(index => indexName(index) === name)
}

function expect(step: StructureAction, found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) throw unfit(step, `${placeOf(step)} is not what the plan began with`)
}

/** What a step is about: `todos.title`. */
export function placeOf(step: StructureAction): string {
  const { collection } = step
  if ('field' in step) return `${collection}.${step.field}`
  if ('index' in step) return `index ${step.index} of ${collection}`
  if ('operation' in step) return `policy ${step.operation} of ${collection}`
  return collection
}

function unfit(step: StructureAction, message: string): Problem {
  return new Problem(dataProblems['invalid-plan'], `A step does not fit: ${message}.`, {
    errors: [{ at: placeOf(step), message }],
  })
}
