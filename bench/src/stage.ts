import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startChild, type Child } from './child.ts'
import { task, tasks } from './task.ts'

interface ProductReady {
  readonly base: string
  readonly secretKey: string
  readonly publishableKey: string
  readonly schema: string
  readonly connection: pg.PoolConfig
}

/** Product and floor, each in its own process, on the same Postgres with the same documents. */
export interface Stage {
  readonly product: Child<ProductReady>
  readonly floor: Child<{ base: string }>
  /** Headers of an end user's request. */
  readonly userHeaders: Readonly<Record<string, string>>
  readonly userToken: string
  /** Address of the product's live queries. */
  readonly socketUrl: string
  /** A connection of our own to the product's database. */
  readonly pool: pg.Pool
  /** Calls the product with the secret key. */
  call<T>(path: string, body: unknown): Promise<T>
  stop(): Promise<void>
}

export interface StageOptions {
  readonly documents: number
  say(text: string): void
}

/** The user all requests are made for; every hundredth document is theirs. */
export const uid = 'u1'
const batch = 5000

export async function setStage({ documents, say }: StageOptions): Promise<Stage> {
  say('starting')
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudbox-bench-'))
  const product = await startChild<ProductReady>('./product.ts', { dataDir }, ['--expose-gc'])
  const { base, secretKey, publishableKey, connection } = product.ready
  const pool = new pg.Pool({ ...connection, max: 8 })
  const call = caller(base, secretKey)
  await call('/data/$collections', tasks)
  for (let from = 0; from < documents; from += batch) {
    const count = Math.min(batch, documents - from)
    await call(
      '/data/tasks',
      Array.from({ length: count }, (_, i) => task(from + i)),
    )
    say(`loading ${from + count} of ${documents} documents`)
  }
  await pool.query(`analyze "${product.ready.schema}".tasks`)
  const { token } = await call<{ token: string }>('/auth/test-token', { uid })
  const floor = await startChild<{ base: string }>('./floor.ts', { connection, documents }, ['--expose-gc'])
  return {
    product,
    floor,
    userHeaders: { apikey: publishableKey, authorization: `Bearer ${token}` },
    userToken: token,
    socketUrl: `${base.replace('http', 'ws')}/realtime?apikey=${publishableKey}`,
    pool,
    call,
    stop: async () => {
      await pool.end()
      await floor.stop()
      await product.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Posts JSON with a secret key; throws what the product answers when it is not content. */
export function caller(base: string, secretKey: string): Stage['call'] {
  return async (path, body) => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { apikey: secretKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return response.status === 204 ? undefined : JSON.parse(await response.text())
  }
}
