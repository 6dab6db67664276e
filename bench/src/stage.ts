import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild, type Child } from './child.ts'

interface ProductReady {
  readonly base: string
  readonly secretKey: string
  readonly publishableKey: string
  readonly schema: string
  readonly connection: object
}

/** Product and floor, each in its own process, on the same database with the same 100,000 documents. */
export interface Stage {
  readonly product: Child<ProductReady>
  readonly floor: Child<{ base: string }>
  /** Headers of an end user's request. */
  readonly userHeaders: Readonly<Record<string, string>>
  readonly userToken: string
  /** The id of a document the user may read. */
  readonly documentId: string
  stop(): Promise<void>
}

/** The user all requests are made for; every hundredth document is theirs. */
const uid = 'u1'
const documents = 100_000
const batch = 5000

export async function setStage(say: (text: string) => void): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudbox-bench-'))
  const product = await startChild<ProductReady>('./product.ts', { dataDir })
  const { base, secretKey, publishableKey, connection, schema } = product.ready
  const asServer = { apikey: secretKey, 'content-type': 'application/json' }
  const call = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: asServer,
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  await call('/data/$collections', {
    name: 'tasks',
    fields: {
      title: { type: 'text', required: true },
      owner: { type: 'text', required: true },
      done: { type: 'boolean', default: false },
      priority: { type: 'integer', default: 0 },
    },
    indexes: [{ fields: ['owner', 'done', '-priority', 'id'] }],
    policies: {
      list: 'doc.owner == auth.uid',
      get: 'doc.owner == auth.uid',
      create: 'next.owner == auth.uid',
      update: 'doc.owner == auth.uid && next.owner == auth.uid',
    },
  })
  for (let from = 0; from < documents; from += batch) {
    const rows = Array.from({ length: batch }, (_, i) => ({
      title: `task ${from + i}`,
      owner: `u${(from + i) % 100}`,
      done: (from + i) % 3 === 0,
      priority: (from + i) % 1000,
    }))
    await call('/data/tasks', rows)
    say(`loading ${from + batch} of ${documents} documents`)
  }
  const { token } = await call<{ token: string }>('/auth/test-token', { uid })
  const userHeaders = { apikey: publishableKey, authorization: `Bearer ${token}` }
  const listed = await fetch(`${base}/data/tasks?limit=1`, { headers: userHeaders })
  const [first] = (await listed.json()) as { id: string }[]
  const floor = await startChild<{ base: string }>('./floor.ts', { connection, schema })

  return {
    product,
    floor,
    userHeaders,
    userToken: token,
    documentId: first!.id,
    stop: async () => {
      await floor.stop()
      await product.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
