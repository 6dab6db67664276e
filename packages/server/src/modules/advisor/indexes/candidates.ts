import type { FieldType, IndexDefinition } from '@cloudbox/protocol/collection'
import type { Condition } from '../plans/read-condition.ts'
import type { Scan } from '../plans/find-scans.ts'

/** What is known of a column. */
export interface ColumnFacts {
  readonly field: string
  readonly type: FieldType
  readonly isList: boolean
}

/** By the name of the column. */
export type Columns = ReadonlyMap<string, ColumnFacts>

/** More columns than this cost every write more than they spare a read. */
const maxColumns = 4

/**
 * Sets of indexes that would serve a scan, each worth a try. Columns that are compared for equality come first, then what
 * the rows are sorted by or one column that is compared for a range. An `OR` needs an index for each side. Pure.
 */
export function candidatesFor({ conditions, sort }: Scan, columns: Columns): IndexDefinition[][] {
  const single = conditions.filter(condition => condition.length === 1).map(([only]) => only!)
  const equal = fieldsOf(single, 'equal', columns)
  const range = fieldsOf(single, 'range', columns).filter(field => !equal.includes(field))
  const order = sort.flatMap(({ column, descending }) => {
    const facts = columns.get(column)
    return facts === undefined || facts.isList ? [] : [`${descending ? '-' : ''}${facts.field}`]
  })
  // The id only says which of two equals comes first.
  const sorted = order.filter((entry, i) => i === 0 || !/^-?id$/.test(entry))
  const ordered = sorted.filter(entry => !equal.includes(entry.replace(/^-/, '')))
  const candidates = [
    ...(order.length === sort.length && ordered.length > 0 ? [[...equal, ...ordered]] : []),
    ...range.map(field => [...equal, field]),
    ...(equal.length > 0 ? [equal] : []),
  ].map(fields => [{ fields: fields.slice(0, maxColumns) }])
  const alternatives = conditions.flatMap(condition => inEach(condition, columns))
  return unique([...candidates, ...special(single, columns), ...alternatives]).filter(set => !isOnlyId(set))
}

function isOnlyId(set: readonly IndexDefinition[]): boolean {
  return set.every(({ fields }) => /^-?id$/.test(fields[0]!))
}

function fieldsOf(conditions: Condition, comparison: string, columns: Columns): string[] {
  const found = conditions.flatMap(condition => {
    const facts = columns.get(condition.column)
    const isPlain = facts !== undefined && !facts.isList && facts.type !== 'json' && facts.type !== 'geopoint'
    return isPlain && condition.comparison === comparison ? [facts.field] : []
  })
  return [...new Set(found)]
}

/** Kinds of their own: patterns in texts, elements of lists. */
function special(conditions: Condition, columns: Columns): IndexDefinition[][] {
  return conditions.flatMap(({ column, comparison }): IndexDefinition[][] => {
    const facts = columns.get(column)
    if (facts === undefined) return []
    if (comparison === 'pattern' && !facts.isList) return [[{ fields: [facts.field], kind: 'trigram' }]]
    const isSet = facts.isList || facts.type === 'json'
    return comparison === 'contains' && isSet ? [[{ fields: [facts.field], kind: 'gin' }]] : []
  })
}

function inEach(condition: Condition, columns: Columns): IndexDefinition[][] {
  if (condition.length < 2) return []
  const each = condition.map(one => {
    const [field] = [...fieldsOf([one], 'equal', columns), ...fieldsOf([one], 'range', columns)]
    return field === undefined ? special([one], columns)[0]?.[0] : { fields: [field] }
  })
  return each.every(index => index !== undefined) ? [each] : []
}

function unique(sets: IndexDefinition[][]): IndexDefinition[][] {
  return [...new Map(sets.map(set => [JSON.stringify(set), set])).values()]
}
