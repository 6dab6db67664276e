import { setTimeout } from 'node:timers/promises'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { Transform } from '@cloudbox/protocol/schema'
import { silentLog } from '../../../testing/test-cluster.ts'
import type { Cleanup } from '../../../testing/test-database.ts'
import { findChange } from '../online-change/changes-table.ts'
import type { OnlineChange } from '../online-change/online-change.ts'
import { ChangeRunner } from '../online-change/runner.ts'
import { startChange } from '../online-change/start-change.ts'
import { testEnvironment, type TestEnvironment } from './test-environment.ts'

/** An environment in which online changes run. */
export interface OnlineEnvironment extends TestEnvironment {
  readonly runner: ChangeRunner
  /** Begins to change `people.age`. */
  begin(age: FieldDefinition, using?: Transform): Promise<OnlineChange>
  /** Lets it run until it is what is waited for. */
  until(change: OnlineChange, isIt: (change: OnlineChange) => boolean): Promise<OnlineChange>
  ages(): Promise<unknown[]>
}

export const people = (age: FieldDefinition): CollectionDefinition => ({
  name: 'people',
  fields: { name: { type: 'text' }, age },
})

/** How long a change is waited for: it ends a test that would hang, and decides nothing else. */
const patienceMs = 120_000

export async function onlineEnvironment(
  cleanup: Cleanup,
  { age = { type: 'text' }, fill = '' }: { readonly age?: FieldDefinition; readonly fill?: string } = {},
): Promise<OnlineEnvironment> {
  const env = await testEnvironment(cleanup)
  const runner = new ChangeRunner({ ...env.deps, log: silentLog }, () => [env.environment])
  cleanup.after(() => runner.stop())
  await env.create(people(age))
  if (fill !== '') await env.run(`insert into @people (name, age) ${fill}`)
  return {
    ...env,
    runner,
    begin: (after, using) =>
      startChange(env.deps, env.environment, {
        ...{ kind: 'change-field', collection: 'people', field: 'age', before: age, after },
        ...(using === undefined ? {} : { using }),
      }),
    async until({ id }, isIt) {
      const end = Date.now() + patienceMs
      for (;;) {
        await runner.resume()
        const now = await findChange(env.db, env.environment, id)
        if (isIt(now)) return now
        if (Date.now() > end) throw new Error(`the change stays ${JSON.stringify(now)}`)
        await setTimeout(20)
      }
    },
    ages: async () => (await env.run('select age from @people order by name')).map(row => row['age']),
  }
}
