import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'

const head = `// Made by "cloudbox types" from the structure of the environment; changes are overwritten.
`

const users: readonly (readonly [string, string])[] = [
  ['name', 'string | null'],
  ['avatarUrl', 'string | null'],
  ['metadata', 'unknown'],
  ['locale', 'string | null'],
  ['email', 'string | null'],
  ['emailVerified', 'boolean'],
  ['phone', 'string | null'],
  ['phoneVerified', 'boolean'],
  ['role', 'string | null'],
  ['roles', 'string[]'],
  ['claims', 'unknown'],
  ['isAnonymous', 'boolean'],
  ['bannedUntil', 'string | null'],
  ['lastSignInAt', 'string | null'],
]
const openUsers = ['name', 'avatarUrl', 'metadata', 'locale']

/** Plain interfaces of all documents, for those who do not want the types made from the schema in code. */
export function printTypes(definitions: readonly CollectionDefinition[]): string {
  const all = definitions.some(({ name }) => name === 'users')
    ? definitions
    : [...definitions, { name: 'users', fields: {} }]
  const named = all
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(one => ({ ...one, type: typeName(one.name) }))
  const taken = new Set(['Schema'])
  const unique = named.map(one => {
    let { type } = one
    // `todo_items` and `todoItems` would have the same.
    while (namesOf(type).some(each => taken.has(each))) type += '_'
    for (const each of namesOf(type)) taken.add(each)
    return { ...one, type }
  })
  const schema = unique.map(
    ({ name, type }) => `  ${name}: { Row: ${type}; Insert: New${type}; Update: ${type}Change }\n`,
  )
  return `${head}
${unique.map(({ type, ...definition }) => interfaces(type, definition)).join('\n')}
/** For createClient<Schema>(…). */
export interface Schema {
${schema.join('')}}
`
}

function interfaces(type: string, { name, fields, flexible }: CollectionDefinition): string {
  const entries = Object.entries(fields)
  const isUsers = name === 'users'
  const own = isUsers ? users : []
  const any = flexible ? ['[field: string]: any'] : []
  const row = [
    'id: string',
    'createdAt: string',
    'updatedAt: string',
    ...own.map(([field, text]) => `${field}: ${text}`),
    ...entries.map(([field, one]) => `${field}: ${nullable(one, readType(one))}`),
  ]
  const stored = entries.filter(([, { computed }]) => computed === undefined)
  const open = own.filter(([field]) => openUsers.includes(field)).map(([field, text]) => `${field}?: ${text}`)
  const fresh = stored.map(([field, one]) => {
    const isNeeded = one.required === true && one.default === undefined
    return `${field}${isNeeded ? '' : '?'}: ${nullable(one, writeType(one))}`
  })
  const changed = stored.map(([field, one]) => `${field}?: ${nullable(one, writeType(one))}`)
  return [
    block(`export interface ${type}`, [...row, ...any]),
    isUsers
      ? `/** Users are made by accounts. */\nexport type New${type} = Record<string, never>\n`
      : block(`export interface New${type}`, ['id?: string', ...fresh, ...any]),
    block(`export interface ${type}Change`, [...open, ...changed, ...any]),
  ].join('\n')
}

function block(title: string, lines: readonly string[]): string {
  return `${title} {\n${lines.map(line => `  ${line}\n`).join('')}}\n`
}

function nullable({ required }: FieldDefinition, type: string): string {
  return required === true || type === 'unknown' ? type : `${type} | null`
}

function readType(field: FieldDefinition): string {
  return listed(field, field.type === 'select' ? union(field) : one(field.type))
}

function writeType(field: FieldDefinition): string {
  return field.type === 'decimal' ? listed(field, 'string | number') : readType(field)
}

function listed({ list }: FieldDefinition, type: string): string {
  if (list !== true) return type
  return type.includes('|') ? `(${type})[]` : `${type}[]`
}

function union({ options = [] }: FieldDefinition): string {
  return options
    .map(option => `'${JSON.stringify(option).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`)
    .join(' | ')
}

function one(type: FieldDefinition['type']): string {
  switch (type) {
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'json':
      return 'unknown'
    case 'geopoint':
      return '{ lat: number; lng: number }'
    default:
      return 'string'
  }
}

/** Everything that is declared for a collection. */
function namesOf(type: string): string[] {
  return [type, `New${type}`, `${type}Change`]
}

/** `todo_items` → `TodoItems`. */
function typeName(collection: string): string {
  return collection
    .split('_')
    .map(part => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')
}
