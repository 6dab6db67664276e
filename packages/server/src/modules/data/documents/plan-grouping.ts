import { always } from '@cloudbox/policy/bind'
import type { FieldType } from '@cloudbox/protocol/collection'
import type { Collection, Field } from '../collection.ts'
import { fieldTraits } from '../collections/field-types.ts'
import { castFieldType, readCast } from './casts.ts'
import type { Mistakes } from './mistakes.ts'
import { planFilter } from './plan-filter.ts'
import { planTerms } from './plan-order.ts'
import { planValue } from './plan-value.ts'
import type { Access, GroupColumn, Grouping, PlannedOrder } from './plan.ts'
import type { Aggregate, AggregateFunction, Filter, Query, SelectItem, Selection } from './query.ts'

/** Whether a selection asks for groups. */
export function hasAggregates(selection: Selection): boolean {
  return selection.some(item => item.kind === 'aggregate')
}

/** Says that documents have no `having`, if there is one. */
export function refuseHaving(having: Filter | undefined, mistakes: Mistakes): void {
  if (having !== undefined)
    mistakes.add(
      '?having',
      'nothing is summed up here',
      'select an aggregate such as count(), or use a filter',
    )
}

/** Finds what a selection with aggregates means: the other fields make the groups. */
export function planGrouping(
  { selection, having, order }: Pick<Query, 'selection' | 'having' | 'order'>,
  collection: Collection,
  access: Access,
  mistakes: Mistakes,
): Grouping {
  const columns: GroupColumn[] = []
  const fields = new Map<string, Field>()
  const before = mistakes.found.length
  for (const item of selection) {
    const column = planColumn(item, collection, mistakes)
    if (column === undefined) continue
    const { name } = column.field
    if (fields.has(name))
      mistakes.add(placeOf(item), `'${name}' is selected twice`, `give one of them a name: other:${name}`)
    fields.set(name, column.field)
    columns.push(column)
  }
  // What names are there is only known once every part of the selection is understood.
  if (mistakes.found.length > before) return { columns, having: always, order: [] }
  const groups: Collection = { ...collection, name: 'the selection', flexible: false, fields }
  return {
    columns,
    having: planFilter(having, groups, access, mistakes),
    order: [...planTerms(order, groups, mistakes), ...columns.flatMap(groupOrder)],
  }
}

/** Groups come in the order of what makes them, unless told, so that equal questions have equal answers. */
function groupOrder({ field, aggregate }: GroupColumn): PlannedOrder[] {
  if (aggregate !== undefined) return []
  const path = { column: field.column, keys: [], asText: false, field }
  return [{ path, sqlType: fieldTraits[field.type].sql, direction: 'asc', nulls: 'last', mayBeNull: true }]
}

function placeOf(item: SelectItem): string {
  if (item.kind === 'all') return '?select'
  return item.kind === 'field' ? item.path.at : item.at
}

function planColumn(item: SelectItem, collection: Collection, mistakes: Mistakes): GroupColumn | undefined {
  switch (item.kind) {
    case 'all':
      mistakes.add('?select', "'*' cannot stand beside aggregates", 'name the fields that make the groups')
      return undefined
    case 'embed':
      mistakes.add(
        item.at,
        'relations cannot stand beside aggregates',
        `group by the field of the relation, or sum up in it: ${item.name}(count())`,
      )
      return undefined
    case 'field':
      return planGroup(item, collection, mistakes)
    case 'aggregate':
      return planAggregate(item, collection, mistakes)
  }
}

function planGroup(
  item: Extract<SelectItem, { kind: 'field' }>,
  collection: Collection,
  mistakes: Mistakes,
): GroupColumn | undefined {
  const output = planValue(item, collection, mistakes)
  if (output === undefined) return undefined
  const { path, cast, name } = output
  const type = typeOf(output)
  if (type === 'geopoint') {
    mistakes.add(item.path.at, 'a geopoint makes no groups', 'group by another field')
    return undefined
  }
  return {
    field: resultField(name, type, path.field?.list === true && cast === undefined),
    value: { path, cast },
    aggregate: undefined,
    resultCast: undefined,
  }
}

function planAggregate(item: Aggregate, collection: Collection, mistakes: Mistakes): GroupColumn | undefined {
  const { aggregate, at } = item
  const resultCast = item.resultCast === undefined ? undefined : readCast(item.resultCast, at, mistakes)
  const name = item.alias ?? aggregate
  const column = (type: FieldType, value: GroupColumn['value']): GroupColumn => ({
    field: resultField(name, resultCast === undefined ? type : castFieldType(resultCast), false),
    value,
    aggregate,
    resultCast,
  })
  if (item.path === undefined) return column('integer', undefined)
  const { cast } = item
  const output = planValue({ kind: 'field', path: item.path, ...(cast && { cast }) }, collection, mistakes)
  if (output === undefined) return undefined
  const isList = output.path.field?.list === true
  const type = typeOf(output)
  const result = isList && aggregate !== 'count' ? undefined : resultType(aggregate, type)
  if (result === undefined) {
    const what = isList ? 'a list' : type === 'json' ? 'json' : `a ${type}`
    mistakes.add(at, `${what} has no ${aggregate}`, hintFor(item, type))
    return undefined
  }
  return column(result, output)
}

function typeOf({ path, cast }: NonNullable<GroupColumn['value']>): FieldType {
  if (cast !== undefined) return castFieldType(cast)
  return path.field?.type ?? (path.asText ? 'text' : 'json')
}

/** The type of an aggregate; undefined where there is none. */
function resultType(aggregate: AggregateFunction, type: FieldType): FieldType | undefined {
  if (aggregate === 'count') return 'integer'
  const isNumber = type === 'integer' || type === 'number' || type === 'decimal'
  if (aggregate === 'sum') return isNumber ? type : undefined
  if (aggregate === 'avg') return !isNumber ? undefined : type === 'decimal' ? 'decimal' : 'number'
  const isOrdered = fieldTraits[type].sortable && !['boolean', 'uuid', 'relation'].includes(type)
  return isOrdered ? type : undefined
}

function hintFor({ path, aggregate, cast }: Aggregate, type: FieldType): string {
  const isInside = type === 'json' || (cast === undefined && (path?.keys.length ?? 0) > 0)
  if (isInside) return `say what it is: ${path!.field}->key::number.${aggregate}()`
  return aggregate === 'sum' || aggregate === 'avg'
    ? `${aggregate} takes integers, numbers and decimals; count() takes any field`
    : `${aggregate} takes numbers, texts and times; count() takes any field`
}

function resultField(name: string, type: FieldType, list: boolean): Field {
  return {
    name,
    column: name,
    type,
    list,
    required: false,
    unique: false,
    computed: false,
    managed: false,
    builtIn: false,
  }
}
