import { startChild, type Child } from '../child.ts'
import { compared, plain, type Aim, type Figure } from '../figure.ts'
import type { Round, Shots } from '../load.ts'
import { bars } from '../picture.ts'
import { cpuBelow, cpuOf } from '../processes.ts'
import type { Report } from '../report.ts'
import { setStage, uid, type Stage } from '../stage.ts'

const documents = 100_000
const connections = 32
const rounds = 4
const roundMs = 2000

type Kind = 'get' | 'list' | 'insert' | 'update'
type Shot = Pick<Shots, 'url' | 'paths' | 'method' | 'headers' | 'body'>

interface Measured extends Round {
  readonly serverCpuMs: number
  readonly postgresCpuMs: number
}

/** Requests of an end user through the whole product, policy included, 32 at a time. */
export async function requests(say: (text: string) => void): Promise<Report> {
  const stage = await setStage({ documents, say })
  const load = await startChild('./load.ts')
  const figures: Figure[] = []
  let busiest = 0
  const drawn: { kind: Kind; product: number; floor: number; ratio: number }[] = []
  try {
    const shots = await aim(stage)
    for (const kind of ['get', 'list', 'insert', 'update'] as const) {
      say(`requests: ${kind}`)
      const { product, floor } = await inTurn(stage, load, shots[kind])
      for (const round of [...product, ...floor]) busiest = Math.max(busiest, round.cpuMs / round.ms)
      const add = (name: string, unit: string, of: (round: Measured) => number, aimed?: Aim) => {
        const figure = compared(`${kind}${name}`, unit, product.map(of), floor.map(of), aimed)
        figures.push(figure)
        return figure
      }
      const rate = add('', 'requests/s', round => (round.requests / round.ms) * 1000, '>= 0.75')
      add(', p50', 'ms', round => round.p50Ms)
      add(', p99', 'ms', round => round.p99Ms)
      add(
        ', processor time of the server',
        'µs/request',
        round => (round.serverCpuMs / round.requests) * 1000,
      )
      add(
        ', processor time of Postgres',
        'µs/request',
        round => (round.postgresCpuMs / round.requests) * 1000,
      )
      drawn.push({ kind, product: rate.value, floor: rate.floor!, ratio: rate.ratio! })
    }
  } finally {
    await load.stop()
    await stage.stop()
  }
  return {
    title: 'Requests',
    about: `An end user's token and a policy on every request, ${documents.toLocaleString('en')} documents, ${connections} requests at a time, against a bare \`node:http\` handler that does the same work in one named prepared statement whose JSON Postgres builds: get by id; list 20 by a filter in an order; insert one; update one. ${rounds} rounds of ${roundMs / 1000} s each, product and floor in turn; figures are medians, “rounds” the lowest and highest ratio of two neighbours.`,
    figures: [...figures, plain('busiest round of the load generator', 'of one core', busiest)],
    notes: [
      'Load, server and Postgres share the cores of this machine; the load generator writes ready bytes and reads only the status and the length of an answer.',
      'Postgres includes every process of it: in rounds of the product also the sender of the change stream, in rounds of the floor only what the floor needs.',
    ],
    picture: bars({
      title: 'Requests per second',
      subtitle: `whole product with token and policy, against a bare handler on the same Postgres, ${connections} at a time`,
      series: ['CloudBox', 'floor'],
      groups: drawn.map(({ kind, product, floor, ratio }) => ({
        label: { get: 'get by id', list: 'list 20 of 100k', insert: 'insert', update: 'update' }[kind],
        bars: [
          {
            label: 'CloudBox',
            text: `${whole(product)}  (${ratio} ×)`,
            parts: [{ value: product, series: 0 }],
          },
          { label: 'floor', text: whole(floor), parts: [{ value: floor, series: 1 }] },
        ],
      })),
    }),
  }
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Product and floor in turn, so that a machine that slows down slows both. */
async function inTurn(stage: Stage, load: Child<unknown>, shots: { product: Shot; floor: Shot }) {
  const fire = async (side: 'product' | 'floor', ms: number): Promise<Measured> => {
    const server = stage[side].pid
    const before = { server: cpuOf(server), postgres: cpuBelow(stage.product.pid) }
    const round = await load.ask<Round>({ do: 'fire', ...shots[side], connections, ms })
    return {
      ...round,
      serverCpuMs: cpuOf(server) - before.server,
      postgresCpuMs: cpuBelow(stage.product.pid) - before.postgres,
    }
  }
  await fire('product', 1000)
  await fire('floor', 1000)
  const seen = { product: [] as Measured[], floor: [] as Measured[] }
  for (let i = 0; i < rounds; i++) {
    seen.floor.push(await fire('floor', roundMs))
    seen.product.push(await fire('product', roundMs))
  }
  return seen
}

async function aim(stage: Stage): Promise<Record<Kind, { product: Shot; floor: Shot }>> {
  const { product, floor, userHeaders, pool } = stage
  const { base, schema } = product.ready
  const { rows } = await pool.query<{ id: string }>(
    `select id from "${schema}".tasks where owner = $1 limit 1000`,
    [uid],
  )
  const productIds = rows.map(({ id }) => `/data/tasks/${id}`)
  const floorIds = (await floor.ask<string[]>({ do: 'ids', owner: uid })).map(id => `/${id}?owner=${uid}`)
  const insert = JSON.stringify({ title: 'new', owner: uid, done: false, priority: 5 })
  const update = JSON.stringify({ done: true, priority: 7 })
  const json = { 'content-type': 'application/json' }
  const shots = (method: string, ours: string[], theirs: string[], body?: string) => ({
    product: {
      url: base,
      paths: ours,
      method,
      headers: body === undefined ? userHeaders : { ...userHeaders, ...json },
      ...(body === undefined ? {} : { body }),
    },
    floor: {
      url: floor.ready.base,
      paths: theirs,
      method,
      headers: body === undefined ? {} : json,
      ...(body === undefined ? {} : { body }),
    },
  })
  const list = '/data/tasks?done=eq.false&order=priority.desc,id&limit=20'
  return {
    get: shots('GET', productIds, floorIds),
    list: shots('GET', [list], [`/list?owner=${uid}`]),
    insert: shots('POST', ['/data/tasks'], [`/?owner=${uid}`], insert),
    update: shots('PATCH', productIds, floorIds, update),
  }
}
