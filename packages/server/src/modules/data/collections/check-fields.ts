import type { Checked } from '@cloudbox/policy/checked'
import { check } from '@cloudbox/policy/check'
import { walk, type Type } from '@cloudbox/policy/ir'
import { matcherOf } from '@cloudbox/policy/match-regex'
import { parseRegex } from '@cloudbox/policy/regex'
import { toGenerated } from '@cloudbox/policy/to-ddl'
import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { closestName } from '../../../lib/closest-name.ts'
import type { Collection } from '../collection.ts'
import { expressionDefault, refuseDefault } from './default-value.ts'
import { fieldTraits } from './field-types.ts'
import type { Mistakes } from './mistakes.ts'
import { refuseFieldName } from './names.ts'
import { checkPii } from './pii.ts'
import { tableSchema } from './table-schema.ts'

interface Surroundings {
  /** Every collection a relation can point to, this one included. */
  readonly all: ReadonlyMap<string, Collection>
  /** Major version of Postgres. */
  readonly version: number
}

/** Checks every field. Answers the checked expressions of the computed ones. */
export function checkFields(
  collection: Collection,
  around: Surroundings,
  mistakes: Mistakes,
): Map<string, Checked> {
  const computed = new Map<string, Checked>()
  const seen = new Map<string, string>()
  for (const [name, field] of Object.entries(collection.definition.fields)) {
    const at = `/fields/${name}`
    const refused = refuseFieldName(name)
    if (refused !== undefined) mistakes.add(at, `"${name}": ${refused}`)
    const twin = seen.get(name.toLowerCase())
    if (twin !== undefined) mistakes.add(at, `"${name}" and "${twin}" differ in upper and lower case only`)
    seen.set(name.toLowerCase(), name)

    checkShape(field, at, mistakes)
    checkBounds(field, at, mistakes)
    checkRelation(field, at, around.all, mistakes)
    checkDefault(field, at, mistakes)
    checkPii(field, at, mistakes)
    if (field.computed !== undefined) {
      const checked = checkComputed(name, field, collection, around.version, mistakes)
      if (checked !== undefined) computed.set(name, checked)
    }
  }
  return computed
}

function checkShape(field: FieldDefinition, at: string, mistakes: Mistakes): void {
  const traits = fieldTraits[field.type]
  if (field.list && !traits.listable) mistakes.add(`${at}/list`, `there are no lists of type ${field.type}`)
  if (field.unique && (field.list || !traits.sortable)) {
    mistakes.add(`${at}/unique`, `${field.list ? 'a list' : `type ${field.type}`} cannot be unique`)
  }
  if (field.type === 'select') {
    if (field.options === undefined) {
      mistakes.add(`${at}/options`, 'a select needs its options', 'Add "options": ["open", "done"].')
    } else if (new Set(field.options).size < field.options.length) {
      mistakes.add(`${at}/options`, 'an option stands there twice')
    }
  } else if (field.options !== undefined) {
    mistakes.add(`${at}/options`, `type ${field.type} has no options`, 'Use type "select".')
  }
}

function checkBounds(field: FieldDefinition, at: string, mistakes: Mistakes): void {
  const { min, max, pattern } = field
  const { bounds } = fieldTraits[field.type]
  const counts = field.list || bounds === 'length'
  for (const [name, bound] of Object.entries({ min, max })) {
    if (bound === undefined) continue
    if (bounds === undefined && !field.list)
      mistakes.add(`${at}/${name}`, `type ${field.type} has no ${name}`)
    else if (counts && !(Number.isInteger(bound) && bound >= 0 && bound <= 2_147_483_647)) {
      mistakes.add(
        `${at}/${name}`,
        `it counts ${field.list ? 'elements' : 'characters'}: a whole number from 0 up`,
      )
    } else if (field.type === 'integer' && !Number.isSafeInteger(bound)) {
      mistakes.add(`${at}/${name}`, 'the bound of an integer is a whole number')
    }
  }
  if (min !== undefined && max !== undefined && min > max) {
    mistakes.add(`${at}/min`, `min ${min} is greater than max ${max}`)
  }
  if (pattern === undefined) return
  if (field.list || !['text', 'email', 'url'].includes(field.type)) {
    mistakes.add(`${at}/pattern`, `${field.list ? 'a list' : `type ${field.type}`} has no pattern`)
    return
  }
  const regex = parseRegex(pattern)
  // What is kept is the pattern between anchors, and that has a limit of its own.
  const whole = 'mistake' in regex ? regex : parseRegex(`^(${pattern})$`)
  if ('mistake' in whole) mistakes.add(`${at}/pattern`, whole.mistake)
}

function checkRelation(
  field: FieldDefinition,
  at: string,
  all: ReadonlyMap<string, Collection>,
  mistakes: Mistakes,
): void {
  if (field.type !== 'relation') {
    if (field.to !== undefined) mistakes.add(`${at}/to`, 'only a relation points to a collection')
    if (field.onDelete !== undefined) mistakes.add(`${at}/onDelete`, 'only a relation has onDelete')
    return
  }
  if (field.to === undefined) {
    mistakes.add(`${at}/to`, 'a relation needs the collection it points to', 'Add "to": "<collection>".')
  } else if (!all.has(field.to)) {
    const near = closestName(field.to, all.keys())
    mistakes.add(
      `${at}/to`,
      `there is no collection "${field.to}"`,
      near === undefined ? 'Create it first.' : `Did you mean "${near}"?`,
    )
  }
  if (field.onDelete === 'setNull' && field.required) {
    mistakes.add(
      `${at}/onDelete`,
      'a required relation cannot be set to null',
      'Use "restrict" or "cascade".',
    )
  }
}

function checkDefault(field: FieldDefinition, at: string, mistakes: Mistakes): void {
  if (field.default === undefined) return
  if (field.computed !== undefined) {
    mistakes.add(`${at}/default`, 'a computed field has no default')
    return
  }
  const cel = expressionDefault(field)
  if (cel === undefined) {
    const refused = refuseDefault(field) ?? refuseBounded(field)
    if (refused !== undefined) mistakes.add(`${at}/default`, refused)
    return
  }
  const place = `${at}/default/cel`
  const checked = mistakes.try(place, () => check(cel, { expects: 'any' }))
  if (checked !== undefined && !mayFill(checked.type, field)) {
    mistakes.add(place, `it gives ${checked.type}, the field holds ${celType(field)}`)
  }
}

function refuseBounded({
  type,
  list,
  min,
  max,
  pattern,
  default: value,
}: FieldDefinition): string | undefined {
  const size = list
    ? (value as unknown[]).length
    : fieldTraits[type].bounds === 'length'
      ? [...(value as string)].length
      : Number(value)
  if (min !== undefined && size < min) return `it is below min ${min}`
  if (max !== undefined && size > max) return `it is above max ${max}`
  if (pattern === undefined || typeof value !== 'string') return undefined
  if ('mistake' in parseRegex(pattern) || matcherOf(`^(${pattern})$`)(value)) return undefined
  return 'it does not match the pattern'
}

function celType(field: FieldDefinition): Type {
  const { value } = fieldTraits[field.type]
  return field.list ? `list<${value}>` : value
}

/** A caller's uid is text, and often the text of a uuid; a claim is json until it is used. */
function mayFill(given: Type, field: FieldDefinition): boolean {
  const wanted = celType(field)
  if (given === wanted || given === 'json') return true
  if (wanted === 'uuid') return given === 'string'
  return given === 'int' && (wanted === 'double' || wanted === 'decimal')
}

function checkComputed(
  name: string,
  field: FieldDefinition,
  collection: Collection,
  version: number,
  mistakes: Mistakes,
): Checked | undefined {
  const at = `/fields/${name}/computed`
  if (version < 18) {
    mistakes.add(
      at,
      `computed fields need Postgres 18, this server runs ${version}`,
      'Older servers leave computed columns out of logical replication, so live queries would not see them.',
    )
    return undefined
  }
  if (['relation', 'file', 'geopoint'].includes(field.type)) {
    mistakes.add(at, `a ${field.type} cannot be computed`)
    return undefined
  }
  const checked = mistakes.try(at, () => {
    const scope = { doc: tableSchema(collection), auth: false, request: false, expects: celType(field) }
    const expression = check(field.computed!, scope)
    toGenerated(expression)
    return expression
  })
  if (checked === undefined) return undefined
  const used = new Set<string>()
  walk(checked.node, node => {
    if (node.op !== 'column') return
    const source = [...collection.fields.values()].find(other => other.column === node.column)
    if (source?.computed) used.add(source.name)
  })
  for (const source of used) {
    mistakes.add(at, `it reads "${source}", which is computed itself`, 'Use the fields that one is made of.')
  }
  return checked
}
