import assert from 'node:assert/strict'
import type { Incident, IncidentsReply, RuleDraft, WebhookNotice } from '@cloudbox/protocol/alerts'
import { createLog } from '../../../kernel/log.ts'
import { defineModule } from '../../../kernel/module.ts'
import { route } from '../../../kernel/route.ts'
import { sql } from '../../../kernel/sql.ts'
import { drivenClock } from '../../../testing/driven-clock.ts'
import { startTestServer, type TestServer } from '../../../testing/start-test-server.ts'
import type { Cleanup } from '../../../testing/test-database.ts'
import { until } from '../../../testing/until.ts'
import { platform } from '../../platform/module.ts'
import { startReceiver, type Receiver } from './receiver.ts'

export const [windowMs, minuteMs, hourMs] = [10_000, 60_000, 3_600_000]

/** An endpoint that does as it is told. */
const playground = defineModule({
  name: 'playground',
  needs: { platform },
  start: () => ({
    routes: [
      route(
        'GET /playground/:how',
        { summary: 'Answers or fails', access: 'secret', permission: 'documents.read' },
        ({ params }) => {
          if (params.how === 'bad') throw new Error('as asked')
          return { json: {} }
        },
      ),
    ],
  }),
})

/** Fires as soon as more than a fifth of what is asked of the playground fails. */
export const failing: RuleDraft = {
  name: 'Playground fails',
  condition: {
    kind: 'threshold',
    metric: 'errorRate',
    operation: 'GET /playground/:how',
    is: 'above',
    value: 0.2,
    minutes: 0,
    minCount: 5,
  },
  resolveMinutes: 1,
  remindMinutes: 10,
}
/** A server that watches, somebody whom it tells, and a clock that stands still until it is moved. */
export async function startAlertsServer(cleanup: Cleanup) {
  const clock = drivenClock(Math.floor(Date.now() / hourMs) * hourMs)
  const receiver: Receiver = await startReceiver(cleanup)
  /** What was logged. */
  const lines: string[] = []
  const server: TestServer = await startTestServer(cleanup, {
    clock,
    extraModules: [playground],
    argv: ['--alerts-heartbeat-url', `${receiver.url}/heartbeat`],
    log: createLog('warn', line => lines.push(line)),
  })

  async function ask<T>(
    method: string,
    path: string,
    body?: unknown,
    expected = [200, 201, 204],
  ): Promise<T> {
    const answer = await server.request(method, `/alerts${path}`, body === undefined ? {} : { body })
    assert.ok(expected.includes(answer.status), `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body as T
  }

  const call = (how: 'good' | 'bad', times: number) =>
    Promise.all(Array.from({ length: times }, () => server.request('GET', `/playground/${how}`)))

  /** Some windows in which the same is done. */
  async function windows(count: number, how: 'good' | 'bad' | 'idle'): Promise<void> {
    for (let i = 0; i < count; i++) {
      if (how !== 'idle') await call(how, 10)
      await clock.advance(windowMs)
    }
  }

  const webhook = (path: string) => ({
    kind: 'webhook',
    name: path.split('/')[0]!,
    address: `${receiver.url}/${path}`,
  })
  const notices = (path: string) =>
    receiver.received
      .filter(one => one.path === `/${path}`)
      .map(({ body }) => JSON.parse(body) as WebhookNotice)
  const kinds = (path: string) => notices(path).map(({ kind }) => kind)
  const incidents = async (): Promise<Incident[]> =>
    (await ask<IncidentsReply>('GET', '/incidents')).incidents

  async function untilQuiet(): Promise<void> {
    await until(async () => {
      const [row] = await server.db.query<{ waiting: number }>(
        sql`select count(*)::int as waiting from cloudbox.alerts_notices where due_at is not null`,
      )
      return row!.waiting === 0
    }, 'every notice has been sent')
  }

  /** Begins anew: nobody is told, nothing is watched, and what was done before is out of sight. */
  async function begin(): Promise<void> {
    receiver.answer = { status: 204 }
    receiver.answers = {}
    receiver.received.length = 0
    for (const table of [sql`incidents`, sql`rules`, sql`states`, sql`channels`, sql`silences`])
      await server.db.query(sql`delete from cloudbox.alerts_${table}`)
    for (const rule of ['failed-requests', 'slow-requests'])
      await ask('PATCH', `/rules/${rule}`, { isOn: false })
    await windows(8, 'idle')
    receiver.received.length = 0
  }

  return {
    server,
    clock,
    receiver,
    lines,
    ask,
    call,
    windows,
    webhook,
    notices,
    kinds,
    incidents,
    untilQuiet,
    begin,
  }
}
