import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { objectDoc, quoted, render, usualStyle, valueDoc, type Doc, type Style } from './style.ts'

/** A whole `schema.ts` of these definitions. */
export function printSchema(definitions: readonly CollectionDefinition[], style: Style = usualStyle): string {
  const { semicolon: end } = style
  const collections = definitions.map(one => [one.name, collectionDoc(one, style)] as const)
  const schema: Doc = {
    before: 'const schema = defineSchema(',
    doc: objectDoc(collections, style, true),
    after: `)${end}`,
  }
  return `import { defineSchema, t, type SchemaOf } from ${quoted('@cloudbox/client/schema', style)}${end}

${render(schema, style, '')}

export default schema${end}
export type Schema = SchemaOf<typeof schema>${end}
`
}

export function collectionDoc(
  { fields, flexible, indexes = [], policies = {} }: Omit<CollectionDefinition, 'name'>,
  style: Style,
): Doc {
  const entries: [string, Doc][] = [
    [
      'fields',
      objectDoc(
        Object.entries(fields).map(([name, field]) => [name, fieldDoc(field, style)]),
        style,
        true,
      ),
    ],
  ]
  if (flexible) entries.push(['flexible', 'true'])
  if (indexes.length > 0) entries.push(['indexes', valueDoc(indexes, style)])
  if (Object.keys(policies).length > 0) entries.push(['policies', valueDoc(policies, style)])
  return objectDoc(entries, style, true)
}

/** A field as it is made with `t`. */
export function fieldDoc({ type, ...given }: FieldDefinition, style: Style): Doc {
  const { first, rest } = argumentOf(type, given)
  const options = Object.keys(rest).length === 0 ? undefined : valueDoc(rest, style)
  if (first === undefined) return { before: `t.${type}(`, doc: options ?? '', after: ')' }
  const doc = valueDoc(first, style)
  if (options === undefined) return { before: `t.${type}(`, doc, after: ')' }
  return { before: `t.${type}(${render(doc, style, '', -Infinity)}, `, doc: options, after: ')' }
}

/** What stands before the options: the values of a select, the collection of a relation. */
function argumentOf(type: FieldDefinition['type'], given: Omit<FieldDefinition, 'type'>) {
  if (type === 'select') {
    const { options, ...rest } = given
    return { first: options ?? [], rest }
  }
  if (type === 'relation') {
    const { to, ...rest } = given
    return { first: to ?? '', rest }
  }
  return { first: undefined, rest: given }
}
