export type { CollectionInput, Tenant } from './collection-input.ts'
export { defineSchema, type DefinedSchema } from './define-schema.ts'
export type { Field, FieldShape, Geopoint } from './field.ts'
export type { CelDefault, UsingHint } from './field-options.ts'
export {
  addField,
  addIndex,
  changeField,
  changePolicy,
  createCollection,
  dropCollection,
  dropField,
  dropIndex,
  migration,
  orderFields,
  renameCollection,
  renameField,
  setFlexible,
  sql,
  type ClientTransform,
  type DefinedMigration,
  type WrittenOperation,
} from './migration.ts'
export type { SchemaOf } from './schema-of.ts'
export { SchemaMistake } from './schema-mistake.ts'
export { seed, type SeedContent, type SeedTools } from './seed.ts'
export { t } from './t.ts'
