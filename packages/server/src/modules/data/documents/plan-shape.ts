import { and, never } from '@cloudbox/policy/bind'
import { closestName } from '../../../lib/closest-name.ts'
import type { Collection } from '../collection.ts'
import type { Mistakes } from './mistakes.ts'
import { planFilter } from './plan-filter.ts'
import { hasAggregates, planGrouping, refuseHaving } from './plan-grouping.ts'
import { planOrder } from './plan-order.ts'
import { planValue } from './plan-value.ts'
import type { Access, Output, PlannedEmbed, Shape } from './plan.ts'
import { queryLimits, type Embed, type Selection } from './query.ts'

/** Finds what the names of a selection mean. */
export function planShape(
  selection: Selection,
  collection: Collection,
  access: Access,
  mistakes: Mistakes,
): Shape {
  const outputs: Output[] = []
  let withExtra = false
  const names = new Set<string>()
  const add = (output: Output, at: string) => {
    if (names.has(output.name))
      mistakes.add(at, `'${output.name}' is selected twice`, `give one of them a name: other:${output.name}`)
    names.add(output.name)
    outputs.push(output)
  }
  for (const item of selection) {
    if (item.kind === 'all') {
      withExtra = collection.flexible
      for (const { name, column, ...rest } of collection.fields.values()) {
        const field = { name, column, ...rest }
        const path = { column, keys: [], asText: false, field }
        if (!names.has(name)) add({ kind: 'value', name, path, cast: undefined }, '?select')
      }
    } else if (item.kind === 'field') {
      const output = planValue(item, collection, mistakes)
      if (output !== undefined) add(output, item.path.at)
    } else if (item.kind === 'aggregate') {
      mistakes.add(item.at, 'documents that are written or read by their id are not summed up', 'ask a list')
    } else {
      const embed = planEmbed(item, collection, access, mistakes)
      if (embed !== undefined) add({ kind: 'embed', name: item.alias ?? item.name, embed }, item.at)
    }
  }
  return { collection, outputs, withExtra }
}

/** How an embed hangs on its document. */
interface Join {
  readonly target: Collection
  readonly targetColumn: string
  readonly parentColumn: string
  readonly isMany: boolean
  /** What tells it from other joins to the same collection. */
  readonly relation: string
}

function planEmbed(
  embed: Embed,
  collection: Collection,
  access: Access,
  mistakes: Mistakes,
): PlannedEmbed | undefined {
  const join = findJoin(embed, collection, access, mistakes)
  if (join === undefined) return undefined
  const { target, ...rest } = join
  const policy = access.may(target, 'list') ?? never
  const { isInner, selection } = embed
  const planned = {
    ...rest,
    isInner,
    predicate: and(policy, planFilter(embed.filter, target, access, mistakes)),
    limit: embed.limit ?? queryLimits.defaultLimit,
  }
  if (hasAggregates(selection)) {
    if (!join.isMany) mistakes.add(embed.at, `'${embed.name}' is one document, there is nothing to sum up`)
    const shape = { collection: target, outputs: [], withExtra: false }
    return { ...planned, shape, order: [], grouping: planGrouping(embed, target, access, mistakes) }
  }
  refuseHaving(embed.having, mistakes)
  const shape = planShape(selection, target, access, mistakes)
  return { ...planned, shape, order: planOrder(embed.order, target, mistakes), grouping: undefined }
}

function findJoin(
  embed: Embed,
  collection: Collection,
  access: Access,
  mistakes: Mistakes,
): Join | undefined {
  const all = [...joinsOf(collection, access)]
  // The name of a relation field says which; the name of a collection only when there is one way to it.
  const byField = all.filter(join => !join.isMany && join.relation === embed.name && isOwn(join, collection))
  const byTarget = all.filter(
    join =>
      join.target.name === embed.name && (embed.relation === undefined || join.relation === embed.relation),
  )
  const found = byField.length === 1 ? byField : byTarget
  if (found.length === 1) return found[0]
  if (found.length > 1) {
    const ways = found.map(join => `${embed.name}!${join.relation}(…)`)
    mistakes.add(
      embed.at,
      `there are ${found.length} relations between ${collection.name} and ${embed.name}`,
      `say which: ${[...new Set(ways)].join(' or ')}`,
    )
    return undefined
  }
  // A hint names no collection the caller cannot list.
  const known = all.filter(join => access.may(join.target, 'list') !== undefined)
  const names = new Set(
    known.flatMap(join => [join.target.name, ...(isOwn(join, collection) ? [join.relation] : [])]),
  )
  const close = closestName(embed.name, names)
  const hint =
    close !== undefined && close !== embed.name
      ? `did you mean '${close}'?`
      : names.size === 0
        ? `${collection.name} has no relations`
        : `its relations are ${[...names].join(', ')}`
  mistakes.add(embed.at, `${collection.name} has no relation '${embed.relation ?? embed.name}'`, hint)
  return undefined
}

const isOwn = (join: Join, { fields }: Collection) =>
  join.targetColumn === 'id' && fields.get(join.relation)?.type === 'relation'

function* joinsOf(collection: Collection, access: Access): Iterable<Join> {
  for (const field of collection.fields.values()) {
    const target = field.type === 'relation' ? access.collections.get(field.definition?.to ?? '') : undefined
    if (target !== undefined)
      yield {
        target,
        targetColumn: 'id',
        parentColumn: field.column,
        isMany: false,
        relation: field.name,
      }
  }
  for (const { collection: name, field: fieldName, unique } of collection.incoming) {
    const target = access.collections.get(name)
    const field = target?.fields.get(fieldName)
    if (target !== undefined && field !== undefined)
      yield {
        target,
        targetColumn: field.column,
        parentColumn: 'id',
        isMany: !unique,
        relation: fieldName,
      }
  }
}
