import { compare, type Shot } from '../load.ts'
import { row, type Row } from '../row.ts'
import type { Stage } from '../stage.ts'

type Requests = (stage: Stage) => { product: Shot; floor: Shot }

const body = JSON.stringify({ title: 'new', owner: 'u1', done: false, priority: 5 })

const shots: Record<'get' | 'list' | 'insert', Requests> = {
  get: ({ product, floor, userHeaders, documentId }) => ({
    product: { url: `${product.ready.base}/data/tasks/${documentId}`, headers: userHeaders },
    floor: { url: `${floor.ready.base}/${documentId}?owner=u1` },
  }),
  list: ({ product, floor, userHeaders }) => ({
    product: {
      url: `${product.ready.base}/data/tasks?done=eq.false&order=priority.desc,id&limit=20`,
      headers: userHeaders,
    },
    floor: { url: `${floor.ready.base}/list?owner=u1` },
  }),
  insert: ({ product, floor, userHeaders }) => ({
    product: {
      url: `${product.ready.base}/data/tasks`,
      method: 'POST',
      headers: { ...userHeaders, 'content-type': 'application/json' },
      body,
    },
    floor: {
      url: `${floor.ready.base}/?owner=u1`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    },
  }),
}

/** Requests of an end user through the whole product, policy included, 32 at a time. */
export async function requests(stage: Stage, name: keyof typeof shots): Promise<Row[]> {
  const { product, floor } = shots[name](stage)
  const seen = await compare(product, floor)
  return [
    row(name, 'requests/s', seen.product.perSecond, seen.floor.perSecond, '>= 0.75'),
    row(`${name} p50`, 'ms', seen.product.p50Ms, Math.max(seen.floor.p50Ms, 1), '<= 1.5'),
    row(`${name} p99`, 'ms', seen.product.p99Ms, Math.max(seen.floor.p99Ms, 1), '<= 1.5'),
  ]
}
