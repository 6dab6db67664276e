import {
  Drain,
  DrainChange,
  DrainsReply,
  MadeDrain,
  telemetryProblems,
  WantedDrain,
  type DrainState,
} from '@cloudbox/protocol/telemetry'
import type { Database } from '../../../kernel/db.ts'
import type { Peers } from '../../../kernel/peers.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { AuthorOf } from '../../platform/module.ts'
import { reasonOf } from './destination.ts'
import { joinStates, type Drains } from './drains.ts'
import {
  addDrain,
  changeDrain,
  findDrain,
  readDrains,
  removeDrain,
  type StoredDrain,
} from './stored-drains.ts'

export interface DrainDeps {
  readonly db: Database
  readonly vault: Vault
  readonly peers: Peers
  readonly drains: Drains
  readonly authorOf: AuthorOf
}

const loadMessage = 'telemetry.load-drains'
const statesQuestion = 'telemetry.drain-states'

/** Drains of an environment. */
export function drainRoutes({ db, vault, peers, drains, authorOf }: DrainDeps): Route[] {
  peers.answer(loadMessage, () => drains.load())
  peers.answer(statesQuestion, () => drains.states())
  const loadEverywhere = () => peers.tell(loadMessage, null)
  const show = async (stored: readonly StoredDrain[]): Promise<Drain[]> => {
    const states = await peers.ask<Record<string, DrainState>>(statesQuestion, null)
    return stored.map(({ id, name, kind, requests, target, createdAt }) => ({
      id,
      name,
      kind,
      requests,
      target,
      createdAt,
      state: joinStates(states.flatMap(one => one[id] ?? [])),
    }))
  }
  const change = { access: 'secret', permission: 'drains.change' } as const

  return [
    route(
      'GET /telemetry/drains',
      {
        summary: 'Where the log of the environment is sent, and whether it arrives',
        access: 'secret',
        permission: 'monitoring.read',
        reply: DrainsReply,
      },
      async ({ environment }) => ({ json: { drains: await show(await readDrains(db, environment.id)) } }),
    ),
    route(
      'POST /telemetry/drains',
      {
        summary: 'Send the log of the environment to a webhook or a bucket',
        description:
          'What a webhook gets is signed: `secret` of the answer is shown this once. Lines wait in memory while the place cannot be reached, 10,000 for each drain and process at the most.',
        ...change,
        body: WantedDrain,
        reply: MadeDrain,
        problems: [telemetryProblems['no-address'], telemetryProblems['too-many-drains']],
      },
      async request => {
        const { environment, body } = request
        const author = authorOf(request)
        const { id, secret } = await db.transaction(async tx => {
          const made = await addDrain(tx, vault, environment, body)
          const { name, kind, requests } = body
          const after = { name, kind, requests, target: made.target }
          await author.record(tx, { action: 'drain.created', subject: name, after })
          return made
        })
        await loadEverywhere()
        const [json] = await show([await findDrain(db, environment.id, id)])
        return { status: 201, json: { ...json, ...(secret === undefined ? {} : { secret }) } }
      },
    ),
    route(
      'PATCH /telemetry/drains/:drain',
      {
        summary: 'Call a drain otherwise, or send other requests there',
        ...change,
        body: DrainChange,
        reply: Drain,
        problems: [telemetryProblems['unknown-drain']],
      },
      async request => {
        const { environment, params, body } = request
        const author = authorOf(request)
        await db.transaction(async tx => {
          const before = await findDrain(tx, environment.id, params.drain)
          await changeDrain(tx, before, body)
          await author.record(tx, {
            action: 'drain.changed',
            subject: before.name,
            before: { name: before.name, requests: before.requests },
            after: body,
          })
        })
        await loadEverywhere()
        const [json] = await show([await findDrain(db, environment.id, params.drain)])
        return { json }
      },
    ),
    route(
      'DELETE /telemetry/drains/:drain',
      {
        summary: 'Send nothing there any more',
        ...change,
        problems: [telemetryProblems['unknown-drain']],
      },
      async request => {
        const { environment, params } = request
        const author = authorOf(request)
        await db.transaction(async tx => {
          const drain = await findDrain(tx, environment.id, params.drain)
          await removeDrain(tx, drain)
          const { name, kind, requests, target } = drain
          await author.record(tx, {
            action: 'drain.removed',
            subject: name,
            before: { name, kind, requests, target },
          })
        })
        await loadEverywhere()
        return { status: 204 }
      },
    ),
    route(
      'POST /telemetry/drains/:drain/test',
      {
        summary: 'Send a line there now',
        ...change,
        problems: [telemetryProblems['unknown-drain'], telemetryProblems['not-delivered']],
      },
      async ({ environment, params }) => {
        const drain = await findDrain(db, environment.id, params.drain)
        const line = {
          atMs: Date.now(),
          level: 'info',
          event: 'drain.test',
          fields: { drain: drain.name },
        } as const
        await drains.sendNow(drain, environment, [line]).catch((error: unknown) => {
          throw new Problem(telemetryProblems['not-delivered'], `${drain.target}: ${reasonOf(error)}.`)
        })
        return { status: 204 }
      },
    ),
  ]
}
