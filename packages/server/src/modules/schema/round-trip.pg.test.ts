import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Migration, MigrationOperation } from '@cloudbox/protocol/schema'
import type { SchemaPlan, SchemaReply } from '@cloudbox/protocol/schema-replies'
import { toStructure } from '../data/module.ts'
import { arbitraryStructure } from '../data/testing/arbitrary-structure.ts'
import { catalogOf, differences } from '../data/testing/catalog-of.ts'
import { insertText } from '../data/testing/random-rows.ts'
import { Problem } from '../../kernel/problem.ts'
import { toParts } from './operations/to-parts.ts'
import { arbitraryChoices, chooseOperation, type Choices } from './testing/arbitrary-operations.ts'
import { requiredCircle } from './structure/required-circle.ts'
import { migration, migrationServer } from './testing/migration-server.ts'

const box = await migrationServer({ after })
const structure = async () => (await box.ask<SchemaReply>('GET', '/schema')).collections

/** Everything there is: definitions, tables and rows. */
async function everything(): Promise<string[]> {
  const collections = await structure()
  const rows: string[] = []
  for (const { name } of collections)
    for (const { row } of await box.run(`select to_jsonb(t)::text as row from @${name} t order by id`))
      rows.push(`${name} ${String(row)}`)
  return [JSON.stringify(collections), ...(await catalogOf(box.db, box.environment)), ...rows]
}

/** An environment with these collections and a few documents, that has had no migration. */
async function begin(definitions: readonly CollectionDefinition[]): Promise<void> {
  await box.run('delete from @schema_migrations')
  await box.ask('POST', '/schema/apply', { collections: [] })
  await box.ask('POST', '/schema/apply', { collections: definitions })
  for (const definition of definitions)
    for (let n = 0; n < 5; n++)
      await box.run(insertText(box.environment.schema, definition, n)).catch(() => {})
}

const counts = { applied: 0, refused: 0, rows: 0 }

/** Up and down again; what is refused changes nothing either. */
async function thereAndBack(made: Migration): Promise<void> {
  const start = await everything()
  counts.rows += start.filter(line => line.includes('"created_at":')).length
  const { status, body } = await box.request('POST', '/schema/migrations', { body: { migrations: [made] } })
  assert.ok(status < 500, JSON.stringify(body))
  if (status === 200) {
    counts.applied++
    const reached = await everything()
    assert.deepEqual(await box.down(), [made.name])
    assert.deepEqual(differences(await everything(), start), [], JSON.stringify(made))
    // It can be done again, and gives the same.
    await box.up(made)
    assert.deepEqual(differences(await everything(), reached), [])
    await box.down()
  } else {
    counts.refused++
  }
  assert.deepEqual(differences(await everything(), start), [], JSON.stringify(made))
}

/** No circle of required relations, which is refused. */
const possibleStructure = arbitraryStructure.filter(one => requiredCircle(one) === undefined)

test('whatever two structures are: the operations between them, up and down, give the same structure and rows', async () => {
  await fc.assert(
    fc.asyncProperty(possibleStructure, possibleStructure, async (before, wanted) => {
      await begin(before)
      const body = { collections: wanted }
      const planned = await box.ask<SchemaPlan>('POST', '/schema/plan', body)
      await thereAndBack(migration('m', [], ...planned.operations))
    }),
    { numRuns: 20 },
  )
  assert.ok(counts.applied > 5 && counts.rows > 20, JSON.stringify(counts))
})

test('whatever somebody writes by hand, up and down give the same structure and rows', async () => {
  Object.assign(counts, { applied: 0, refused: 0, rows: 0 })
  await fc.assert(
    fc.asyncProperty(possibleStructure, arbitraryChoices, async (before, choices) => {
      await begin(before)
      const operations = written(await structure(), choices)
      if (operations.length > 0) await thereAndBack(migration('m', [], ...operations))
    }),
    { numRuns: 30 },
  )
  assert.ok(counts.applied > 5, JSON.stringify(counts))
})

function written(before: readonly CollectionDefinition[], choices: Choices): MigrationOperation[] {
  let now = toStructure(before)
  const operations: MigrationOperation[] = []
  for (let i = 0; i + 3 < choices.length; i += 4) {
    const [what, where, which, how] = choices.slice(i, i + 4) as [number, number, number, number]
    const operation = chooseOperation([...now.values()], [what, where, which, how])
    if (operation === undefined) continue
    try {
      now = toParts(now, migration('m', [], operation)).structure
      operations.push(operation)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
  return operations
}
