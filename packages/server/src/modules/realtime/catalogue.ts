import type { StreamTable } from '../../kernel/stream.ts'
import type { LiveQuery } from '../data/module.ts'
import { Group } from './group.ts'
import type { Lookups } from './lookups.ts'
import type { Delivery, Subscription } from './subscription.ts'
import { TableGroups } from './table-groups.ts'

/** All groups there are: by their key, and by the table whose changes they hear. */
export class Catalogue {
  readonly #byKey = new Map<string, Group>()
  readonly #keys = new Map<Group, string>()
  readonly #byTable = new Map<string, Map<number, TableGroups>>()
  readonly #lookups: Lookups
  #lastNumber = 0

  constructor(lookups: Lookups) {
    this.#lookups = lookups
  }

  get groups(): Iterable<Group> {
    return this.#byKey.values()
  }

  /** The group of a subscription's query, made when it is the first of its kind. */
  groupOf(subscription: Subscription, query: LiveQuery): Group {
    const { receiver, delivery } = subscription
    for (let copy = 0; ; copy++) {
      const key = `${questionOf(query, delivery)} ${copy}`
      const known = this.#byKey.get(key)
      if (known === undefined) return this.#make(key, receiver.environment.id, query, delivery)
      const other = known.members.get(receiver)
      if (other === undefined || other === subscription) return known
    }
  }

  /** Whether the subscription is in a group of this query already. */
  isIn(group: Group | undefined, query: LiveQuery): boolean {
    if (group === undefined || group.isClosed) return false
    return questionOf(group.query, group.delivery) === questionOf(query, group.delivery)
  }

  #make(key: string, environmentId: string, query: LiveQuery, delivery: Delivery): Group {
    const group = new Group(++this.#lastNumber, environmentId, query, delivery)
    this.#byKey.set(key, group)
    this.#keys.set(group, key)
    const { schema, name, version } = query.collection
    const table = `${schema}.${name}`
    const versions = this.#byTable.get(table) ?? new Map<number, TableGroups>()
    this.#byTable.set(table, versions)
    const groups = versions.get(version) ?? new TableGroups()
    versions.set(version, groups)
    this.#lookups.hold(group)
    groups.add(group)
    return group
  }

  /** Files the group anew: what its look-ups find has changed. */
  refile(group: Group): void {
    const { schema, name, version } = group.query.collection
    this.#byTable.get(`${schema}.${name}`)?.get(version)?.refile(group)
  }

  remove(group: Group): void {
    this.#lookups.release(group)
    const { schema, name, version } = group.query.collection
    this.#byKey.delete(this.#keys.get(group)!)
    this.#keys.delete(group)
    const table = `${schema}.${name}`
    const versions = this.#byTable.get(table)
    const groups = versions?.get(version)
    groups?.remove(group)
    if (groups?.groups.size === 0) versions!.delete(version)
    if (versions?.size === 0) this.#byTable.delete(table)
  }

  /** Groups that hear the changes of a table, by version of its collection; mostly one version. */
  at(table: Pick<StreamTable, 'schema' | 'name'>): Iterable<TableGroups> {
    return this.#byTable.get(`${table.schema}.${table.name}`)?.values() ?? []
  }
}

/** Environments have equal collections, so the schema is part of what makes a question. */
function questionOf(query: LiveQuery, { coalesceMs = 0, isLossless = false }: Delivery): string {
  return `${query.collection.schema} ${coalesceMs} ${isLossless} ${query.groupKey}`
}
