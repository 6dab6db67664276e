import type { StreamTable } from '../../kernel/stream.ts'
import type { LiveQuery } from '../data/module.ts'
import { Group } from './group.ts'
import { TableGroups } from './table-groups.ts'

/** All groups there are: by their key, and by the table whose changes they hear. */
export class Catalogue {
  readonly #byKey = new Map<string, Group>()
  readonly #byTable = new Map<string, Map<number, TableGroups>>()
  #lastNumber = 0

  get groups(): Iterable<Group> {
    return this.#byKey.values()
  }

  /** The group of a query, made when it is the first of its kind. */
  groupOf(environmentId: string, query: LiveQuery): Group {
    const key = keyOf(query)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const group = new Group(++this.#lastNumber, environmentId, query)
    this.#byKey.set(key, group)
    const { schema, name, version } = query.collection
    const table = `${schema}.${name}`
    const versions = this.#byTable.get(table) ?? new Map<number, TableGroups>()
    this.#byTable.set(table, versions)
    const groups = versions.get(version) ?? new TableGroups()
    versions.set(version, groups)
    groups.add(group)
    return group
  }

  remove(group: Group): void {
    const { schema, name, version } = group.query.collection
    this.#byKey.delete(keyOf(group.query))
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
function keyOf(query: LiveQuery): string {
  return `${query.collection.schema} ${query.groupKey}`
}
