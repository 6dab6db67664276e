import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { defineEvent } from '../../../kernel/events.ts'
import { createLog } from '../../../kernel/log.ts'
import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { openChangeStream, type OpenedStream } from '../../../kernel/stream/open.ts'
import type { StreamConfig } from '../../../kernel/stream/stream-config.ts'
import { testDatabase } from '../../../testing/test-database.ts'
import { Broker, type SubscribeOptions } from '../broker.ts'
import type { CollectionsChange, CompileLive } from '../definitions.ts'
import { itemQuery, makeItems, type Item, type ItemQuestion } from './item-query.ts'
import type { TestClient } from './test-client.ts'

export const collectionsChanged = defineEvent<CollectionsChange>('data.collections-changed')
const log = createLog('warn', line => process.stderr.write(`${line}\n`))
const limits = { maxRows: 10_000, maxWindow: 500, concurrentSnapshots: 4 }

/** The test's questions travel as the text of the query. */
const compileItems: CompileLive = (_environment, _caller, { queryText }) =>
  itemQuery(JSON.parse(queryText!) as ItemQuestion)

export interface Scene {
  readonly db: Database
  stream: OpenedStream
  broker: Broker
  ask(client: TestClient, id: number, question: ItemQuestion, how?: SubscribeOptions): void
  restart(): Promise<void>
}

export async function scene(
  t: TestContext,
  options: { config?: Partial<StreamConfig>; compile?: CompileLive; limits?: Partial<typeof limits> } = {},
): Promise<Scene> {
  // What is registered first is done first: the stream has to end before its database is dropped.
  const afterwards: (() => Promise<void>)[] = []
  t.after(async () => {
    scene.broker.close()
    await scene.stream.close()
    for (const work of afterwards) await work()
  })
  const { db } = await testDatabase({ after: work => void afterwards.push(work) })
  await makeItems(db)
  const start = async () => {
    const stream = await openChangeStream({ db, log, config: options.config ?? {} })
    await stream.ready
    const broker = new Broker({
      stream,
      db,
      log,
      definitions: {
        compile: options.compile ?? compileItems,
        readChange: (event, payload) =>
          event === collectionsChanged.name ? (payload as CollectionsChange) : undefined,
        patienceMs: 8000,
      },
      config: { ...limits, ...options.limits },
    })
    return { stream, broker }
  }
  const scene: Scene = {
    db,
    ...(await start()),
    ask: (client, id, question, how) =>
      scene.broker.subscribe(client, id, { collection: 'item', queryText: JSON.stringify(question) }, how),
    restart: async () => {
      scene.broker.close()
      await scene.stream.close()
      Object.assign(scene, await start())
    },
  }
  return scene
}

export function put(db: Database, item: Partial<Item> & { id: string }): Promise<unknown> {
  const { id, room = null, owner = null, score = null, open = null, tags = null } = item
  return db.query(sql`insert into app.item values (${id}, ${room}, ${owner}, ${score}, ${open}, ${tags})
    on conflict (id) do update set room = excluded.room, owner = excluded.owner, score = excluded.score,
      open = excluded.open, tags = excluded.tags`)
}

export const isLive = (client: TestClient, id: number) => () => client.view(id).group !== undefined
export const byId = (items: readonly Item[]) => [...items].sort((a, b) => (a.id < b.id ? -1 : 1))
export const [first, second, third] = Array.from(
  { length: 3 },
  (_, i) => `00000000-0000-4000-8000-00000000000${i + 1}`,
) as [string, string, string]

/** Writers that change some hundred documents at random until they are stopped. */
export function writers(db: Database, count: number): () => Promise<void> {
  const ids = Array.from({ length: 120 }, () => randomUUID())
  const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)]!
  let isStopped = false
  const random = () => ({
    id: pick(ids),
    room: pick(['a', 'b', 'c', null]),
    owner: pick(['ann', 'bob']),
    score: pick([1, 2, 3, 4, 5, 6, 7, 8, null]),
    open: pick([true, false, null]),
    tags: pick([null, ['x'], ['x', 'y'], []]),
  })
  const write = async () => {
    while (!isStopped) {
      const item = random()
      const kind = Math.random()
      if (kind < 0.7) await put(db, item)
      else if (kind < 0.9) await db.query(sql`delete from app.item where id = ${item.id}`)
      else
        await db
          .transaction(async tx => {
            await tx.script('savepoint s')
            await tx.query(sql`update app.item set room = ${item.room} where score = ${item.score}`)
            await tx.query(sql`delete from app.item where id = ${item.id}`)
            if (kind > 0.97) throw new Error('rolled back on purpose')
          })
          // Two of them may wait for each other's rows; Postgres ends one.
          .catch(() => {})
    }
  }
  const all = Array.from({ length: count }, write)
  return async () => {
    isStopped = true
    await Promise.all(all)
  }
}
