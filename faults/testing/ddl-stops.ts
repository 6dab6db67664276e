import type { Database } from '@cloudbox/server/kernel/db'
import { raw, sql } from '@cloudbox/server/kernel/sql'

/** What the advisory lock is called that stopped commands wait for. */
const lockKey = 20_261_129

/** Work in one environment that is to stand still after so many commands. */
interface Stop {
  readonly schema: string
  readonly command: number
  work(): Promise<unknown>
}

/**
 * - `stopped`: it stood still after its command.
 * - `held`: it waited for one that did.
 * - `ended`: it was over before.
 */
type Stopped = 'stopped' | 'held' | 'ended'

/** Stops transactions after their n-th command that changes the structure of an environment, whoever runs them. */
export interface DdlStops {
  /** Commands in an environment since the last `count`, or since it was stopped for the last time. */
  count(schema: string): Promise<number>
  /**
   * Begins all work, waits until each stands still, waits for one that does or has ended, and calls `whenStopped`; then
   * all goes on.
   */
  together(stops: readonly Stop[], whenStopped: () => Promise<void>): Promise<Stopped[]>
}

/** Backends and the environment each has locked something of; a migration locks the table of definitions first. */
const working = `
  select distinct l.pid, e.schema from faults.environments e
  join pg_namespace n on n.nspname = e.schema join pg_class c on c.relnamespace = n.oid
  join pg_locks l on l.relation = c.oid and l.granted`

export async function ddlStops(db: Database, schemas: readonly string[]): Promise<DdlStops> {
  const counters = schemas.map((schema, i) => ({ schema, sequence: `faults.commands_${i}` }))
  await db.transaction(tx =>
    tx.script(`
      create schema faults;
      ${counters.map(({ sequence }) => `create sequence ${sequence};`).join('\n')}
      create table faults.environments (schema text primary key, sequence text not null, stop bigint not null default 0);
      insert into faults.environments (schema, sequence) values
        ${counters.map(({ schema, sequence }) => `('${schema}', '${sequence}')`).join(', ')};
      create function faults.count() returns event_trigger language plpgsql security definer
        set search_path = pg_catalog as $$
      declare here faults.environments;
      begin
        select e.* into here from faults.environments e
          where e.schema in (select schema from (${working}) w where pid = pg_backend_pid()) limit 1;
        if here.schema is not null and nextval(here.sequence::regclass) = here.stop then
          perform pg_advisory_xact_lock_shared(${lockKey});
        end if;
      end $$;
      create event trigger faults on ddl_command_end execute function faults.count()`),
  )
  const begin = async (schema: string, stop: number) => {
    const { sequence } = counters.find(one => one.schema === schema)!
    await db.query(sql`update faults.environments set stop = ${stop} where schema = ${schema}`)
    await db.query(sql`select setval(${sequence}::regclass, 1, false)`)
  }
  /** Environments whose transaction does not go on, and whether it waits for us. */
  const standing = async (): Promise<Map<string, 'stopped' | 'held'>> => {
    const rows = await db.query<{ schema: string; isOurs: boolean }>(
      raw(`select w.schema, l.locktype = 'advisory' and l.objid = ${lockKey} as "isOurs"
        from (${working}) w join pg_locks l on l.pid = w.pid and not l.granted`),
    )
    return new Map(rows.map(({ schema, isOurs }) => [schema, isOurs ? 'stopped' : 'held']))
  }
  return {
    async count(schema) {
      const { sequence } = counters.find(one => one.schema === schema)!
      const [row] = await db.query<{ made: string }>(
        raw(`select case when is_called then last_value else 0 end as made from ${sequence}`),
      )
      await begin(schema, 0)
      return Number(row!.made)
    },
    async together(stops, whenStopped) {
      const { promise: isOver, resolve: release } = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      const holding = db.transaction(async tx => {
        await tx.query(sql`select pg_advisory_xact_lock(${lockKey}::bigint)`)
        held.resolve()
        await isOver
      })
      try {
        await held.promise
        for (const { schema, command } of stops) await begin(schema, command)
        const ended = new Set<string>()
        const all = stops.map(({ schema, work }) =>
          work().then(
            () => void ended.add(schema),
            () => void ended.add(schema),
          ),
        )
        const look = async () => {
          const there = await standing()
          return stops.map(({ schema }) => (ended.has(schema) ? 'ended' : there.get(schema)))
        }
        let found = await look()
        while (found.includes(undefined)) {
          await new Promise(soon => setTimeout(soon, 2))
          found = await look()
        }
        await whenStopped()
        release()
        await Promise.all(all)
        return found as Stopped[]
      } finally {
        release()
        await holding
      }
    },
  }
}
