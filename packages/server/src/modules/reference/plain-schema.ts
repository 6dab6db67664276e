/**
 * A TypeBox schema as plain JSON Schema: what TypeBox adds for itself (`~kind` and the like) is left out. It is not
 * enumerable today, but nothing promises that, and `JSON.stringify` would carry it into the document.
 */
export function plainSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainSchema)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => !name.startsWith('~') && value !== undefined)
      .map(([name, value]) => [name, plainSchema(value)]),
  )
}
