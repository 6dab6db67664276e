import type { OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import type { MigratedUp, MigrationsReply } from '@cloudbox/protocol/schema-replies'
import { followChange } from '../changes/follow-change.ts'
import { notDone, type Stopped } from '../changes/not-done.ts'
import { refuseMissing, transformFor } from '../changes/transform-for.ts'
import { command, type Outcome, type Setting } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { toWire } from '../project/load-migrations.ts'
import { withMigrationLines } from '../project/migration-lines.ts'
import {
  nameOf,
  pendingText,
  planOf,
  readCount,
  ready,
  refuse,
  type Ready,
} from '../project/planned-migrations.ts'
import { targetOptions } from '../project/target.ts'
import { count } from '../step-text.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { harmless } from '../terminal/text.ts'

type Applied = MigratedUp['applied'][number] & {
  /** The online change it was. */
  readonly change?: string
}

export const migrateUp = command({
  name: 'migrate up',
  summary: 'Apply the pending migrations',
  description:
    'Each is one transaction: it is applied as a whole or not at all, and those before it stay. What a step takes from documents is kept in the trash for 14 days; "cloudbox migrate down" brings it back.\nAn online migration goes on beside reads and writes: it is followed until it is done, then those after it are applied. Ctrl-C leaves it to the server, and "cloudbox migrate up" follows it again; a transform in TypeScript runs only while it is followed. Exits with 1 when it waits for somebody.',
  arguments: { n: { description: 'At most so many; all unless told', optional: true } },
  options: {
    ...targetOptions,
    ...confirmOptions,
    'no-wait': { type: 'boolean', description: 'Begin an online migration, and do not wait for its end' },
  },
  examples: [
    'cloudbox migrate up',
    'cloudbox migrate up 1 --env production --project shop --yes production',
    'cloudbox migrate up --no-wait',
  ],
  async run(setting, { arguments: given, options }): Promise<Outcome> {
    const most = given.n === undefined ? Infinity : readCount(given.n)
    const up: Up = { setting, ...(await ready(setting, options)), isWaiting: options['no-wait'] !== true }
    const isDry = options['dry-run'] === true
    const applied: Applied[] = []
    // What another run has begun comes first: those after it cannot be planned before.
    const begun = isDry ? undefined : await unfinished(up)
    if (begun !== undefined) {
      const stopped = await follow(up, begun, applied)
      if (stopped !== undefined) return outcome(setting, applied, stopped)
    }
    const planned = await planOf(up.project, up.target, up.files, false)
    await refuse(up.project, up.files, planned)
    const pending = planned.migrations.filter(({ state }) => state === 'pending').slice(0, most)
    if (pending.length === 0)
      return applied.length > 0
        ? outcome(setting, applied)
        : { json: { applied }, text: `Nothing is pending in ${up.target.name}.` }
    await refuseMissing(
      up.project,
      up.files,
      pending.map(({ name }) => name),
    )
    const isLossy = pending.some(({ steps }) => steps.some(step => step.isDestructive))
    if (isLossy || isDry) {
      const what = `${pendingText({ terminal: { ...setting.terminal, paint: setting.terminal.paintError } }, pending, false)}\nThis changes ${up.target.name}.`
      const stopped = await confirm(setting.terminal, { name: nameOf(up.target), what }, options)
      if (stopped !== undefined) return { ...stopped, json: { dryRun: true, migrations: pending } }
    }
    return outcome(setting, applied, await applyAll(up, pending.length, applied))
  },
})

interface Up extends Ready {
  readonly setting: Setting
  readonly isWaiting: boolean
}

type Running = NonNullable<MigratedUp['running']>

/** Applies at most so many, in turns that end where one goes on online. Answers why it did not come to its end. */
async function applyAll(up: Up, most: number, applied: Applied[]): Promise<Stopped | undefined> {
  const { setting, project, target, files } = up
  for (let left = most; left > 0;) {
    const said = `Applying ${count(left, 'migration')} to ${target.name}`
    const answer = await whileWaiting(setting.terminal, said, () =>
      withMigrationLines(project, files, () =>
        target.api.post<MigratedUp>('/schema/migrations', { migrations: toWire(files), count: left }),
      ),
    )
    applied.push(...answer.applied)
    if (answer.running === undefined) return undefined
    left -= answer.applied.length + 1
    const stopped = await follow(up, answer.running, applied)
    if (stopped !== undefined) return stopped
  }
  return undefined
}

/** Follows a migration that goes on; what is done counts as applied. */
async function follow(up: Up, running: Running, applied: Applied[]): Promise<Stopped | undefined> {
  const { setting, target, isWaiting } = up
  const { name, change: id } = running
  if (!isWaiting) return notDone(up, running, { ending: 'not-waited' })
  setting.terminal.stderr.write(
    `${setting.terminal.paintError('yellow', '…')} ${harmless(name)} goes on beside reads and writes, as change ${id}\n`,
  )
  const transform = await transformFor(up, running)
  const { ending, change } = await followChange(setting.terminal, target.api, { id, transform })
  if (ending !== 'done') return notDone(up, running, { ending, change })
  applied.push(doneAs(name, change))
  return undefined
}

function doneAs(name: string, { id, plan }: OnlineChangeReply): Applied {
  return { name, plans: plan === null ? [] : [plan], change: id }
}

/** The migration that an earlier run has begun and nobody has seen the end of. */
async function unfinished({ target: { api } }: Up): Promise<Running | undefined> {
  const { applied } = await api.get<MigrationsReply>('/schema/migrations')
  const one = applied.find(({ state, change }) => state !== 'applied' && change !== undefined)
  return one && { name: one.name, change: one.change! }
}

function outcome(
  { terminal: { paint } }: Setting,
  applied: readonly Applied[],
  stopped?: Stopped | undefined,
): Outcome {
  const lines = applied.map(
    ({ name, isTakenOver }) =>
      `${paint('green', '✓')} ${harmless(name)}${isTakenOver === true ? paint('dim', ' (was there already)') : ''}`,
  )
  const text = [...lines, ...(stopped === undefined ? [] : [stopped.line])].join('\n')
  if (stopped === undefined) return { json: { applied }, text }
  return { json: { applied, ...stopped.json }, text, notes: stopped.notes, exitCode: stopped.exitCode }
}
