import type { DescribedCollection, DescribedField, Json } from './described.ts'
import { exampleId, exampleValue, isExpression } from './example-value.ts'
import { fieldSchema, isReadOnly, operatorSchema, type Sight } from './field-schema.ts'

/** The schemas of one collection: a document as it is answered, as it is created, and as it is changed. */
export function documentSchema(collection: DescribedCollection, sight: Sight): Json {
  const fields = [...collection.fields.values()]
  return {
    type: 'object',
    description: `A document of \`${collection.name}\`. With \`select\` it has the names you chose.${flexibleNote(collection)}`,
    properties: Object.fromEntries(fields.map(field => [field.name, fieldSchema(field, 'read', sight)])),
    required: fields.map(field => field.name),
    additionalProperties: collection.flexible,
    examples: [exampleDocument(collection)],
  }
}

export function createSchema(collection: DescribedCollection, sight: Sight): Json {
  const fields = [...collection.fields.values()].filter(field => !isReadOnly(field))
  const needed = fields.filter(isNeeded).map(field => field.name)
  return {
    type: 'object',
    description: `A new document of \`${collection.name}\`.${flexibleNote(collection)}`,
    properties: Object.fromEntries(fields.map(field => [field.name, fieldSchema(field, 'write', sight)])),
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: collection.flexible,
    examples: [exampleInput(collection)],
  }
}

export function updateSchema(collection: DescribedCollection, sight: Sight): Json {
  const fields = [...collection.fields.values()].filter(field => !isReadOnly(field) && !field.builtIn)
  return {
    type: 'object',
    description: `Changes to a document of \`${collection.name}\`: only the fields that are named change; null clears one.${flexibleNote(collection)}`,
    properties: Object.fromEntries(
      fields.map(field => {
        // A change that leaves a field out does not fill it in.
        const { default: _, ...schema } = fieldSchema(field, 'write', sight)
        const operators = operatorSchema(field)
        return [field.name, operators === undefined ? schema : { anyOf: [schema, operators] }]
      }),
    ),
    additionalProperties: collection.flexible,
    minProperties: 1,
    examples: [exampleChange(collection)],
  }
}

/** A document with a value for every field one can be made up for. */
export function exampleDocument(collection: DescribedCollection): Json {
  const made = { id: exampleId, createdAt: '2026-01-31T12:00:00Z', updatedAt: '2026-01-31T12:00:00Z' }
  const own = [...collection.fields.values()].filter(field => !field.builtIn)
  return { ...made, ...Object.fromEntries(own.map(field => [field.name, valueOf(field) ?? null])) }
}

/** What one would send to create a document: every field that is needed, and a few more. */
export function exampleInput(collection: DescribedCollection): Json {
  const writable = [...collection.fields.values()].filter(field => !field.builtIn && !isReadOnly(field))
  const needed = writable.filter(isNeeded)
  // A made-up id of another document would be refused; what the server fills in need not be sent.
  const more = writable.filter(
    field => !isNeeded(field) && field.type !== 'relation' && !isExpression(field.definition?.default),
  )
  return namesWithValues([...needed, ...more.slice(0, Math.max(0, 5 - needed.length))])
}

export function exampleChange(collection: DescribedCollection): Json {
  const writable = [...collection.fields.values()].filter(field => !field.builtIn && !isReadOnly(field))
  const simple = writable.find(field => field.type === 'boolean' || field.type === 'select') ?? writable[0]
  return simple === undefined ? {} : namesWithValues([simple])
}

/** No document can be created without it. */
function isNeeded({ required, builtIn, definition }: DescribedField): boolean {
  return required && !builtIn && definition?.default === undefined
}

function namesWithValues(fields: readonly DescribedField[]): Json {
  return Object.fromEntries(
    fields.map(field => [field.name, valueOf(field)]).filter(([, value]) => value !== undefined),
  )
}

/** A required field stands in every example, even when its own pattern has to be looked up. */
function valueOf(field: DescribedField): unknown {
  const value = exampleValue(field)
  if (value !== undefined || !field.required) return value
  return field.list ? ['text'] : 'text'
}

function flexibleNote({ flexible }: DescribedCollection): string {
  return flexible ? ' The collection is flexible: it may have any further fields.' : ''
}
