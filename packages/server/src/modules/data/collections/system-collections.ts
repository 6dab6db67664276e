import type { CollectionChange, CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from '../../../kernel/problem.ts'
import { usersCollection } from '../../auth/module.ts'
import { defaultSql, expressionDefault } from './default-value.ts'
import type { Mistakes } from './mistakes.ts'

/** A collection whose table a module makes, and whose documents come and go through that module alone. */
export interface SystemCollection {
  /** Its own fields, and the policies it has until an author replaces them. */
  readonly definition: CollectionDefinition
  /** The fields of the definition that documents may write; the module alone writes the others. */
  readonly openFields: readonly string[]
  /** Who writes them, in words. */
  readonly owner: string
  /** The endpoints that do what documents cannot. */
  readonly ways: Readonly<Record<'create' | 'change' | 'delete', string>>
}

/** By name: no author can make a collection of that name, for each environment has it. */
export const systemCollections: ReadonlyMap<string, SystemCollection> = new Map([
  [usersCollection.definition.name, usersCollection],
])

/** Whether a field came with the collection and is not its author's. */
function isOwnedField({ definition }: SystemCollection, field: string): boolean {
  return Object.hasOwn(definition.fields, field)
}

/**
 * A definition as it is stored, with the module's own fields as they are now: in front, then the author's.
 * Where nothing is stored yet, the module's definition as it is.
 */
export function withOwnFields(
  system: SystemCollection,
  stored: CollectionDefinition | undefined,
): CollectionDefinition {
  const { definition } = system
  if (stored === undefined) return definition
  const added = Object.entries(stored.fields).filter(([name]) => !isOwnedField(system, name))
  return { ...stored, fields: { ...definition.fields, ...Object.fromEntries(added) } }
}

/** The whole definition of a collection of which, where it is a system collection, only the author's part is given. */
export function wholeDefinition(definition: CollectionDefinition): CollectionDefinition {
  const system = systemCollections.get(definition.name)
  return system === undefined ? definition : withOwnFields(system, definition)
}

/**
 * Refuses to make a system collection something its module would not recognise.
 * @throws Problem `data/system-collection`
 */
export function refuseSystemChange(before: CollectionDefinition, change: CollectionChange): void {
  const { name } = before
  const system = systemCollections.get(name)
  if (system === undefined) return
  const found: ProblemDetail[] = []
  if (change.name !== undefined && change.name !== name)
    found.push({ at: '/name', message: `${name} keeps its name` })
  if (change.flexible === true) {
    const hint = 'Add a field, of type json if need be.'
    found.push({ at: '/flexible', message: `${name} has no unknown fields`, hint })
  }
  for (const [from, to] of Object.entries(change.rename ?? {})) {
    if (from !== to && isOwnedField(system, from))
      found.push({ at: `/rename/${from}`, message: `${from} belongs to ${system.owner}` })
  }
  for (const [field, wanted] of Object.entries(change.fields ?? {})) {
    const isSame = JSON.stringify(wanted) === JSON.stringify(before.fields[field])
    if (isOwnedField(system, field) && !isSame)
      found.push({ at: `/fields/${field}`, message: `${field} belongs to ${system.owner}` })
  }
  for (const operation of ['create', 'delete'] as const) {
    if ((change.policies?.[operation] ?? null) === null) continue
    const message = `documents of ${name} are not ${operation}d this way`
    found.push({ at: `/policies/${operation}`, message, hint: `Use ${system.ways[operation]}.` })
  }
  const [first] = found
  if (first === undefined) return
  throw new Problem(dataProblems['system-collection'], `${name}: ${first.at}: ${first.message}.`, {
    hint: first.hint,
    errors: found,
  })
}

/** @throws Problem `data/system-collection` */
export function refuseSystemDrop(name: string): void {
  const system = systemCollections.get(name)
  if (system === undefined) return
  throw new Problem(dataProblems['system-collection'], `${name} belongs to ${system.owner} and stays.`)
}

/**
 * Finds what would keep the module from making and removing documents: it knows nothing of the author's fields.
 */
export function checkAddedFields(
  { name, fields, indexes = [] }: CollectionDefinition,
  mistakes: Mistakes,
): void {
  const system = systemCollections.get(name)
  if (system === undefined) return
  const { owner } = system
  for (const [field, definition] of Object.entries(fields)) {
    if (isOwnedField(system, field)) continue
    const at = `/fields/${field}`
    if (definition.required && !isFilled(definition))
      mistakes.add(
        `${at}/required`,
        `${owner} are made without ${field}`,
        'Give it a value as its default, or leave required out.',
      )
    if (definition.unique && !staysEmpty(definition))
      mistakes.add(`${at}/unique`, `${owner} are made with ${field} filled in, two could have the same`)
    if (definition.onDelete === 'cascade')
      mistakes.add(`${at}/onDelete`, `${owner} are deleted by ${system.ways.delete} alone`, 'Use "setNull".')
  }
  indexes.forEach((index, i) => {
    if (!index.unique) return
    const names = index.fields.map(entry => entry.replace(/^-/, ''))
    const isHarmless = names.some(field => {
      const definition = fields[field]
      return field === 'id' || (definition && !isOwnedField(system, field) && staysEmpty(definition))
    })
    if (!isHarmless)
      mistakes.add(
        `/indexes/${i}/unique`,
        `it would keep ${owner} from being made`,
        'Put a field of your own without default into it.',
      )
  })
}

/** Postgres fills it in whoever inserts. */
function isFilled(field: FieldDefinition): boolean {
  const cel = expressionDefault(field)?.trim()
  return (
    field.computed === undefined && (cel === undefined || cel === 'now') && defaultSql(field) !== undefined
  )
}

/** A document made without it has no value there. */
function staysEmpty(field: FieldDefinition): boolean {
  return field.computed === undefined && defaultSql(field) === undefined
}
