import type { MigratedUp } from '@cloudbox/protocol/schema-replies'
import { command, type Outcome } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { toWire } from '../project/load-migrations.ts'
import { withMigrationLines } from '../project/migration-lines.ts'
import { nameOf, pendingText, planOf, readCount, ready, refuse } from '../project/planned-migrations.ts'
import { targetOptions } from '../project/target.ts'
import { count } from '../step-text.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { harmless } from '../terminal/text.ts'

export const migrateUp = command({
  name: 'migrate up',
  summary: 'Apply the pending migrations',
  description:
    'Each is one transaction: it is applied as a whole or not at all, and those before it stay. What a step takes from documents is kept in the trash for 14 days; "cloudbox migrate down" brings it back.',
  arguments: { n: { description: 'At most so many; all unless told', optional: true } },
  options: { ...targetOptions, ...confirmOptions },
  examples: ['cloudbox migrate up', 'cloudbox migrate up 1 --env production --project shop --yes production'],
  async run(setting, { arguments: given, options }): Promise<Outcome> {
    const most = given.n === undefined ? Infinity : readCount(given.n)
    const { project, target, files } = await ready(setting, options)
    const planned = await planOf(project, target, files, false)
    await refuse(project, files, planned)
    const pending = planned.migrations.filter(({ state }) => state === 'pending').slice(0, most)
    if (pending.length === 0) return { json: { applied: [] }, text: `Nothing is pending in ${target.name}.` }
    const isLossy = pending.some(({ steps }) => steps.some(step => step.isDestructive))
    if (isLossy || options['dry-run'] === true) {
      const what = `${pendingText({ terminal: { ...setting.terminal, paint: setting.terminal.paintError } }, pending, false)}\nThis changes ${target.name}.`
      const stopped = await confirm(setting.terminal, { name: nameOf(target), what }, options)
      if (stopped !== undefined) return { ...stopped, json: { dryRun: true, migrations: pending } }
    }
    const done: MigratedUp['applied'][number][] = []
    const said = `Applying ${count(pending.length, 'migration')} to ${target.name}`
    const answer = await whileWaiting(setting.terminal, said, () =>
      withMigrationLines(project, files, () =>
        target.api.post<MigratedUp>('/schema/migrations', {
          migrations: toWire(files),
          ...(most === Infinity ? {} : { count: most }),
        }),
      ),
    )
    done.push(...answer.applied)
    const { paint } = setting.terminal
    const lines = done.map(
      ({ name, isTakenOver }) =>
        `${paint('green', '✓')} ${harmless(name)}${isTakenOver === true ? paint('dim', ' (was there already)') : ''}`,
    )
    if (answer.running === undefined) return { json: answer, text: lines.join('\n') }
    return {
      json: answer,
      text: [
        ...lines,
        `${paint('yellow', '…')} ${answer.running.name} goes on as change ${answer.running.change}`,
      ].join('\n'),
      notes: [
        'Follow it: cloudbox migrate status',
        'Those after it wait for its end; then: cloudbox migrate up',
      ],
    }
  },
})
