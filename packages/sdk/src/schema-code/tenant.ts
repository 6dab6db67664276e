import type { CollectionDefinition, Policies } from '@cloudbox/protocol/collection'
import type { Tenant } from './collection-input.ts'
import { SchemaMistake } from './schema-mistake.ts'

/** A collection whose documents belong to tenants: with the field, an index of it, and the condition in every policy. */
export function withTenant(definition: CollectionDefinition, tenant: Tenant): CollectionDefinition {
  const { name, fields, indexes = [], policies } = definition
  const at = [name, 'tenant']
  if (typeof tenant.field !== 'string' || typeof tenant.is !== 'string')
    throw new SchemaMistake(at, `a tenant is told as { field: 'team', is: 'auth.team' }`)
  const { field, is } = tenant
  const own = fields[field]
  if (own !== undefined && !(own.required === true && own.list !== true))
    throw new SchemaMistake(at, `the field ${field} has to be required and no list`)
  const isIndexed = indexes.some(index => index.fields[0] === field && index.where === undefined)
  return {
    ...definition,
    fields: { ...fields, [field]: own ?? { type: 'text', required: true, default: { cel: is } } },
    indexes: isIndexed ? indexes : [...indexes, { fields: [field] }],
    ...(policies === undefined ? {} : { policies: narrow(policies, tenant) }),
  }
}

/** What is stored has to be the tenant's, and what is written too. */
function narrow(policies: Policies, { field, is }: Tenant): Policies {
  const [stored, written] = [`doc.${field} == ${is}`, `next.${field} == ${is}`]
  const conditions: Record<string, string> = {
    list: stored,
    get: stored,
    create: written,
    update: `${stored} && ${written}`,
    delete: stored,
  }
  return Object.fromEntries(
    Object.entries(policies).map(([operation, policy]) => [
      operation,
      `(${policy}) && ${conditions[operation]}`,
    ]),
  )
}
