import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { readWatch } from './watch.ts'

/** What Prometheus is told: whether anybody watches, and how much fires. */
export async function watchMetrics(db: Queryable): Promise<string> {
  try {
    const { evaluatedAt } = await readWatch(db)
    const [row] = await db.query<{ firing: number; waiting: number }>(sql`
      select (select count(*)::int from cloudbox.alerts_incidents where ended_at is null) as firing,
        (select count(*)::int from cloudbox.alerts_notices where due_at is not null) as waiting`)
    return [
      [
        'cloudbox_alerts_evaluated_timestamp_seconds',
        'When rules were last judged.',
        (evaluatedAt ?? 0) / 1000,
      ],
      ['cloudbox_alerts_firing', 'Incidents that are open.', row!.firing],
      ['cloudbox_alerts_notices_waiting', 'Notices that have not arrived yet.', row!.waiting],
    ]
      .map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`)
      .join('')
  } catch {
    // Without a database the rest of the page is all the more wanted.
    return ''
  }
}
