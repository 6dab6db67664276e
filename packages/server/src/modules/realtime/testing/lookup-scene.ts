import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { playFrames } from './play-frames.ts'
import { SocketClient } from '../../../testing/socket-client.ts'
import { until } from '../../../testing/until.ts'

export const isMember = 'db.members.exists(m, m.team == doc.team && m.user == auth.uid)'
const fields = {
  members: {
    team: { type: 'text' },
    user: { type: 'text' },
    role: { type: 'text' },
    rank: { type: 'integer' },
  },
  docs: { team: { type: 'text' }, owner: { type: 'text' }, n: { type: 'integer' } },
}

/** A server with collections whose policies look into others. */
export async function lookupScene({ after }: { after(work: () => Promise<void> | void): void }) {
  const clients: SocketClient[] = []
  const server = await startTestServer({ after })
  after(() => clients.forEach(client => client.close()))

  /** Two collections of their own: `docs` are seen by the members of their team unless told otherwise. */
  async function collections(list = isMember) {
    const suffix = randomUUID().slice(0, 8)
    const names = { members: `members_${suffix}`, docs: `docs_${suffix}` }
    const put = async (name: keyof typeof names, policies: Record<string, string>) => {
      const { status, body } = await server.request('POST', '/data/$collections', {
        body: { name: names[name], fields: fields[name], policies },
      })
      assert.equal(status, 201, JSON.stringify(body))
    }
    const policy = list
      .replaceAll('db.members', `db.${names.members}`)
      .replaceAll('db.docs', `db.${names.docs}`)
    await put('members', {})
    await put('docs', { list: policy, get: policy })
    const table = {
      members: id(server.environment.schema, names.members),
      docs: id(server.environment.schema, names.docs),
    }
    return {
      names,
      table,
      join: (tx: Pick<Tx, 'query'>, user: string, team: string) =>
        tx.query(sql`insert into ${table.members} (team, "user") values (${team}, ${user})`),
      leave: (tx: Pick<Tx, 'query'>, user: string, team: string) =>
        tx.query(sql`delete from ${table.members} where team = ${team} and "user" = ${user}`),
      add: (tx: Pick<Tx, 'query'>, team: string, n: number) =>
        tx.query(sql`insert into ${table.docs} (team, n) values (${team}, ${n})`),
    }
  }

  async function connect(uid: string): Promise<SocketClient> {
    const client = new SocketClient(server.environmentUrl, server.publishableKey)
    clients.push(client)
    return client.greet(await server.token(uid))
  }

  return { server, collections, connect }
}

/** The numbers of the documents a subscription holds. */
export const held = (client: SocketClient, s: number) =>
  [...(playFrames(client.frames).get(s)?.values() ?? [])].map(({ n }) => n as number).sort((a, b) => a - b)
export const holds = (client: SocketClient, s: number, ...numbers: number[]) =>
  until(
    () => JSON.stringify(held(client, s)) === JSON.stringify(numbers),
    `${s} holds ${String(numbers)}`,
  ).catch(() => assert.deepEqual(held(client, s), numbers))
export const isLive = (client: SocketClient, s: number) => client.frame('live', frame => frame.s === s)
export const resets = (client: SocketClient, s: number) =>
  client.frames.flatMap(frame => (frame.t === 'reset' && frame.s === s ? [frame.why] : []))
/** Everything a client was ever sent that has this number. */
export const wasSent = (client: SocketClient, n: number) => JSON.stringify(client.frames).includes(`"n":${n}`)
