import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Metric } from '../../monitoring/module.ts'
import { readWatch } from './watch.ts'

/** Whether anybody watches, and how much fires. */
export async function watchMetrics(db: Queryable): Promise<Metric[]> {
  try {
    const { evaluatedAt } = await readWatch(db)
    const [row] = await db.query<{ firing: number; waiting: number }>(sql`
      select (select count(*)::int from cloudbox.alerts_incidents where ended_at is null) as firing,
        (select count(*)::int from cloudbox.alerts_notices where due_at is not null) as waiting`)
    const gauge = (name: string, help: string, value: number): Metric => ({
      name,
      type: 'gauge',
      help,
      points: [[{}, value]],
    })
    return [
      gauge(
        'cloudbox_alerts_evaluated_timestamp_seconds',
        'When rules were last judged.',
        (evaluatedAt ?? 0) / 1000,
      ),
      gauge('cloudbox_alerts_firing', 'Incidents that are open.', row!.firing),
      gauge('cloudbox_alerts_notices_waiting', 'Notices that have not arrived yet.', row!.waiting),
    ]
  } catch {
    // Without a database the rest of the page is all the more wanted.
    return []
  }
}
