import type { Clock } from '@cloudbox/server/kernel/clock'
import type { Database } from '@cloudbox/server/kernel/db'
import { sql } from '@cloudbox/server/kernel/sql'
import { durationMs, type Duration } from './duration.ts'

/** The time of a box: it runs like the machine's, ahead of it by as much as the test has said. */
export interface BoxClock {
  /** What time it is in the box. */
  now(): Date
  /**
   * Lets time pass at once: `'1d'`, `'2h 30m'`, or milliseconds. Resolves when what is due by then has been looked at
   * (mails to be tried again, trash and sessions to be swept).
   */
  advance(by: Duration): Promise<void>
  /** Goes to a moment, later or earlier. */
  set(to: Date | string): Promise<void>
}

/** What the server asks, beside what the test moves. */
export interface MovableClock extends Clock {
  aheadMs: number
  jump(): Promise<void>
}

export function movableClock(): MovableClock {
  const listeners = new Set<() => void | Promise<void>>()
  const clock: MovableClock = {
    aheadMs: 0,
    now: () => Date.now() + clock.aheadMs,
    onJump(hear) {
      listeners.add(hear)
      return () => void listeners.delete(hear)
    },
    async jump() {
      await Promise.all([...listeners].map(hear => hear()))
    },
  }
  return clock
}

/** Moves both clocks: the one of the server's process and the one SQL asks. */
export function boxClock(clock: MovableClock, db: Database): BoxClock {
  const moveTo = async (aheadMs: number): Promise<void> => {
    await db.query(sql`update cloudbox_testing.clock set ahead = ${aheadMs}::float8 * interval '1 ms'`)
    clock.aheadMs = aheadMs
    await clock.jump()
  }
  return {
    now: () => new Date(clock.now()),
    advance: async by => moveTo(clock.aheadMs + durationMs(by)),
    async set(to) {
      const toMs = new Date(to).getTime()
      if (Number.isNaN(toMs)) throw new TypeError(`"${String(to)}" is no moment: write it as ISO 8601.`)
      return moveTo(Math.round(toMs - Date.now()))
    },
  }
}

/**
 * What makes `now()` in SQL follow: functions of the same names in a schema that is looked through before pg_catalog.
 * Statements of the server name the schema of everything but of functions like these, so all of them are caught.
 */
export const sqlClock = `
create schema cloudbox_testing;
create table cloudbox_testing.clock (one boolean primary key default true check (one), ahead interval not null);
insert into cloudbox_testing.clock (ahead) values ('0');
create function cloudbox_testing.now() returns timestamptz language sql stable parallel safe
  return pg_catalog.now() + (select ahead from cloudbox_testing.clock);
create function cloudbox_testing.clock_timestamp() returns timestamptz language sql volatile parallel safe
  return pg_catalog.clock_timestamp() + (select ahead from cloudbox_testing.clock);
create function cloudbox_testing.uuidv7() returns uuid language sql volatile parallel safe
  return pg_catalog.uuidv7((select ahead from cloudbox_testing.clock));
grant usage on schema cloudbox_testing to public;
grant select on cloudbox_testing.clock to public;`

/** Functions that name where they look things up would not see the clock. */
export const sqlClockInFunctions = `
alter function cb.touch_updated_at() set search_path = cloudbox_testing, pg_catalog, pg_temp;
alter function cb.claims() set search_path = cloudbox_testing, pg_catalog, pg_temp;`

export const searchPath = 'cloudbox_testing, pg_catalog'
