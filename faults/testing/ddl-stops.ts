import type { TestContext } from 'node:test'
import { openDatabase, type Database } from '@cloudbox/server/kernel/db'
import { sql } from '@cloudbox/server/kernel/sql'
import { silentLog } from '@cloudbox/server/testing/test-cluster'
import { waitUntil } from '@cloudbox/server/kernel/postgres/processes'

/** What the advisory lock is called that stopped commands wait for. */
const lockKey = 20_261_129

/** Stops a transaction after its n-th command that changes the structure, whoever runs it. */
export interface DdlStops {
  readonly db: Database
  /** Commands since the last `count`, or since it was stopped for the last time. */
  count(): Promise<number>
  /**
   * Runs work that is stopped after so many commands, and calls `whenStopped` while it stands still; the work goes on
   * afterwards. False when it ended before.
   */
  at(command: number, work: () => Promise<unknown>, whenStopped: () => Promise<void>): Promise<boolean>
}

export async function ddlStops(t: TestContext, databaseUrl: string): Promise<DdlStops> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  const connection = {
    host: decodeURIComponent(hostname),
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  }
  const db = await openDatabase(connection, { log: silentLog, poolSize: 4, statementTimeoutMs: 60_000 })
  t.after(() => db.close())
  await db.transaction(tx =>
    tx.script(`
      create schema faults;
      create sequence faults.commands;
      create table faults.stop (at bigint primary key);
      create function faults.count() returns event_trigger language plpgsql security definer
        set search_path = pg_catalog as $$
      begin
        if nextval('faults.commands') = (select at from faults.stop) then
          perform pg_advisory_xact_lock_shared(${lockKey});
        end if;
      end $$;
      create event trigger faults on ddl_command_end execute function faults.count()`),
  )
  const begin = async (at: number) => {
    await db.query(sql`delete from faults.stop`)
    await db.query(sql`insert into faults.stop values (${at})`)
    await db.query(sql`select setval('faults.commands', 1, false)`)
  }
  const isStopped = async () =>
    (
      await db.query(
        sql`select from pg_locks where locktype = 'advisory' and objid = ${lockKey} and not granted`,
      )
    ).length > 0
  return {
    db,
    async count() {
      const [row] = await db.query<{ made: string }>(
        sql`select case when is_called then last_value else 0 end as made from faults.commands`,
      )
      await begin(0)
      return Number(row!.made)
    },
    async at(command, work, whenStopped) {
      const { promise: isOver, resolve: release } = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      const holding = db.transaction(async tx => {
        await tx.query(sql`select pg_advisory_xact_lock(${lockKey}::bigint)`)
        held.resolve()
        await isOver
      })
      try {
        await held.promise
        await begin(command)
        let hasEnded = false
        const working = work().then(
          () => void (hasEnded = true),
          () => void (hasEnded = true),
        )
        let stopped = false
        await waitUntil(() => hasEnded || stopped, 0)
        while (!hasEnded && !(stopped = await isStopped())) await new Promise(soon => setTimeout(soon, 2))
        if (stopped) await whenStopped()
        release()
        await working
        return stopped
      } finally {
        release()
        await holding
      }
    },
  }
}
