import fc from 'fast-check'
import type {
  CollectionDefinition,
  FieldDefinition,
  FieldType,
  IndexDefinition,
  Operation,
} from '@cloudbox/protocol/collection'
import { Problem } from '../../../kernel/problem.ts'
import { define } from '../collections/define.ts'
import { toCollection } from '../collections/to-collection.ts'

const collectionNames = ['ants', 'bees', 'cats', 'Bees']
const fieldNames = ['one', 'two', 'three', 'four', 'One']
const storedTypes: readonly FieldType[] = [
  'text',
  'integer',
  'number',
  'decimal',
  'boolean',
  'date',
  'timestamp',
  'json',
  'uuid',
  'email',
  'select',
  'geopoint',
  'relation',
]

/** Random valid definitions that point to and look into each other, with the same few names again and again. */
export const arbitraryStructure: fc.Arbitrary<CollectionDefinition[]> = fc
  .uniqueArray(fc.constantFrom(...collectionNames), { maxLength: 3, selector: name => name.toLowerCase() })
  .chain(names => fc.tuple(...names.map(name => arbitraryCollection(name, names))))
  .map(definitions => [...definitions])
  .filter(isValid)

function arbitraryCollection(name: string, all: readonly string[]): fc.Arbitrary<CollectionDefinition> {
  return fc
    .record({
      fields: fc
        .uniqueArray(fc.constantFrom(...fieldNames), { maxLength: 4, selector: field => field.toLowerCase() })
        .chain(fields => fc.tuple(...fields.map(field => fc.tuple(fc.constant(field), arbitraryField(all))))),
      computed: fc.option(
        fc.constantFrom<[string, FieldDefinition]>(
          ['three', { type: 'text', computed: "doc.one + '!'" }],
          ['four', { type: 'integer', computed: 'doc.two + 1' }],
          ['four', { type: 'boolean', computed: 'doc.one == doc.two' }],
          ['two', { type: 'boolean', computed: 'doc.three != null' }],
        ),
      ),
      indexes: fc.array(arbitraryIndex, { maxLength: 2 }),
      policies: fc.dictionary(
        fc.constantFrom<Operation>('list', 'get', 'create', 'update', 'delete'),
        fc.constantFrom(
          "auth.role == 'admin'",
          'doc.one == auth.uid',
          ...all.map(other => `db.${other}.exists(x, x.two == 1)`),
          ...all.map(other => `db.${other}.exists(x, x.id == auth.uid)`),
        ),
        { maxKeys: 3 },
      ),
      flexible: fc.boolean(),
    })
    .map(({ fields, computed, indexes, policies, flexible }) => ({
      name,
      flexible,
      fields: Object.fromEntries([...fields, ...(computed === null ? [] : [computed])]),
      indexes,
      policies,
    }))
    .map(mend)
}

function arbitraryField(all: readonly string[]): fc.Arbitrary<FieldDefinition> {
  return fc
    .record({
      type: fc.constantFrom(...storedTypes),
      required: fc.boolean(),
      unique: fc.boolean(),
      list: fc.boolean(),
      isFilled: fc.boolean(),
      min: fc.option(fc.integer({ min: 0, max: 3 })),
      to: fc.constantFrom(...all),
      onDelete: fc.constantFrom('restrict', 'cascade', 'setNull'),
    })
    .map(({ type, required, unique, list, isFilled, min, to, onDelete }): FieldDefinition => {
      const traits = {
        type,
        ...(required ? { required } : {}),
        ...(type === 'select' ? { options: ['a', 'b'] } : {}),
      }
      if (type === 'relation')
        return { ...traits, to, onDelete: required ? 'restrict' : onDelete, ...(unique ? { unique } : {}) }
      if (type === 'json' || type === 'geopoint') return traits
      const preset = isFilled ? defaults[type] : undefined
      return {
        ...traits,
        ...(list ? { list } : unique ? { unique } : {}),
        ...(preset === undefined || list ? {} : { default: preset }),
        ...(min === null || !['text', 'integer'].includes(type) ? {} : { min }),
      }
    })
}

const defaults: Partial<Record<FieldType, unknown>> = {
  text: 'abcd',
  integer: 7,
  number: 1.5,
  boolean: false,
  select: 'a',
  timestamp: { cel: 'now' },
}

const arbitraryIndex: fc.Arbitrary<IndexDefinition> = fc.oneof(
  fc.record(
    {
      fields: fc.uniqueArray(fc.constantFrom<string>('one', '-two', 'three', 'createdAt'), {
        minLength: 1,
        maxLength: 2,
      }),
      unique: fc.boolean(),
    },
    { requiredKeys: ['fields'] },
  ),
  fc.record({
    name: fc.constant('special'),
    fields: fc.constantFrom<string[]>(['createdAt'], ['one']),
    where: fc.constantFrom('doc.two == 1', 'doc.one == doc.two', "doc.one == 'x'"),
  }),
)

/** Leaves out what cannot be, so that most of what is thrown up is of use. */
function mend(definition: CollectionDefinition): CollectionDefinition {
  let mended = definition
  for (let tries = 0; tries < 12; tries++) {
    const wrong = mistakesOf(mended, [mended])
    if (wrong.length === 0) break
    const [, part, key] = wrong[0]!.split('[')[0]!.split('/')
    if (part === 'fields') {
      const { [key!]: _wrong, ...fields } = mended.fields
      mended = { ...mended, fields }
    } else if (part === 'indexes') {
      mended = { ...mended, indexes: mended.indexes!.filter((_, i) => String(i) !== key) }
    } else if (part === 'policies') {
      const { [key as Operation]: _wrong, ...policies } = mended.policies!
      mended = { ...mended, policies }
    }
  }
  return mended
}

/** Places of the mistakes; what is not among `all` is taken to be there, with fields nobody knows yet. */
function mistakesOf(definition: CollectionDefinition, all: readonly CollectionDefinition[]): string[] {
  const known = new Map(all.map(other => [other.name, other]))
  for (const name of collectionNames) {
    if (all.length === 1 && !known.has(name)) known.set(name, { name, fields: { two: { type: 'integer' } } })
  }
  known.delete(definition.name)
  const others = new Map(
    [...known].map(([name, other]) => [name, toCollection(other, { schema: 's', version: 0, incoming: [] })]),
  )
  try {
    define(definition, { schema: 's', version: 18, others })
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.errors!.map(({ at }) => at)
  }
}

function isValid(definitions: readonly CollectionDefinition[]): boolean {
  return definitions.every(definition => mistakesOf(definition, [...definitions, definition]).length === 0)
}
