import type { Migration } from '@cloudbox/protocol/schema'
import type { Structure } from '../../data/module.ts'
import { toParts } from '../operations/to-parts.ts'

/**
 * What migrations make of a structure, in this order. Pure.
 * @throws Problem `schema/invalid-migration`
 */
export function foldMigrations(start: Structure, migrations: readonly Migration[]): Structure {
  return migrations.reduce((structure, migration) => toParts(structure, migration).structure, start)
}
