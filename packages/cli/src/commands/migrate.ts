import type { MigratedDown, MigrationsReply } from '@cloudbox/protocol/schema-replies'
import { changeText } from '../changes/change-text.ts'
import { nameOf as nameOfChange } from '../changes/show-change.ts'
import { command, type Outcome } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { Failure } from '../failure.ts'
import { branchesOf, checkMigrations } from '../project/check-migrations.ts'
import { projectHere } from '../project/find-project.ts'
import { loadMigrations } from '../project/load-migrations.ts'
import { migrationPlaces } from '../project/migration-lines.ts'
import { nameOf, pendingText, planOf, problemLines, readCount, ready } from '../project/planned-migrations.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { count } from '../step-text.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { harmless } from '../terminal/text.ts'
import { changesUnderWay, changeCommands } from './migrate-change.ts'
import { createMigration } from './migrate-create.ts'
import { migrateUp } from './migrate-up.ts'

const plan = command({
  name: 'migrate plan',
  summary: 'Try the pending migrations on a copy, and show what each step costs',
  description:
    'For every step: what is locked, whether the table is written anew, how many documents there are, how long it took on the copy, and a safer way where there is one. Nothing is changed. Exits with 1 when they could not be applied.',
  options: { ...targetOptions },
  examples: ['cloudbox migrate plan', 'cloudbox migrate plan --env production --project shop'],
  async run(setting, { options }): Promise<Outcome> {
    const { project, target, files } = await ready(setting, options)
    const planned = await whileWaiting(setting.terminal, `Trying it on a copy of ${target.name}`, () =>
      planOf(project, target, files, true),
    )
    const pending = planned.migrations.filter(({ state }) => state === 'pending')
    const text =
      pending.length === 0 ? `Nothing is pending in ${target.name}.` : pendingText(setting, pending, true)
    return {
      json: planned,
      text,
      notes: await problemLines(setting, project, files, planned),
      ...(planned.problems.length === 0 ? {} : { exitCode: 1 }),
    }
  },
})

const down = command({
  name: 'migrate down',
  summary: 'Take back the migrations that were applied last, with their data',
  description:
    'What they had thrown away comes back from the trash. Documents written since keep what they have.',
  arguments: { n: { description: 'How many; one unless told', optional: true } },
  options: { ...targetOptions, ...confirmOptions },
  examples: ['cloudbox migrate down', 'cloudbox migrate down 2 --env staging --project shop --yes staging'],
  async run(setting, { arguments: given, options }): Promise<Outcome> {
    const most = given.n === undefined ? 1 : readCount(given.n)
    const target = await targetOf(setting, options)
    const { applied } = await target.api.get<MigrationsReply>('/schema/migrations')
    const last = applied.slice(-most).toReversed()
    if (last.length === 0)
      return { json: { undone: [] }, text: `No migration was applied to ${target.name}.` }
    const what = `This takes back ${last.map(({ name }) => harmless(name)).join(', ')} in ${target.name}.`
    const stopped = await confirm(setting.terminal, { name: nameOf(target), what }, options)
    if (stopped !== undefined) return stopped
    const json = await whileWaiting(setting.terminal, `Taking it back in ${target.name}`, () =>
      target.api.post<MigratedDown>('/schema/migrations/down', { count: last.length }),
    )
    const { paint } = setting.terminal
    return { json, text: json.undone.map(name => `${paint('green', '↩')} ${harmless(name)}`).join('\n') }
  },
})

const status = command({
  name: 'migrate status',
  summary: 'List the migrations and what became of them',
  description:
    'Online migrations that are under way are told with how far they are. Exits with 1 when the files and the environment do not fit together.',
  options: { ...targetOptions },
  examples: ['cloudbox migrate status', 'cloudbox migrate status --env production --project shop --json'],
  async run(setting, { options }): Promise<Outcome> {
    const { project, target, files } = await ready(setting, options)
    const [there, planned, changes] = await Promise.all([
      target.api.get<MigrationsReply>('/schema/migrations'),
      planOf(project, target, files, false),
      changesUnderWay(target.api),
    ])
    const names = new Set(files.map(({ name }) => name))
    const moments = new Map(there.applied.map(one => [one.name, one]))
    const rows = [
      ...planned.migrations.map(({ name, state, isTakenOver }) => ({
        name,
        state: state === 'pending' && isTakenOver === true ? 'there already' : state,
      })),
      ...there.applied.filter(({ name }) => !names.has(name)).map(({ name }) => ({ name, state: 'no file' })),
    ]
    const migrations =
      rows.length === 0
        ? 'There are no migrations.'
        : table(
            setting.terminal,
            ['MIGRATION', 'STATE', 'APPLIED'],
            rows.map(({ name, state }) => [name, state, showMoment(moments.get(name)?.appliedAt ?? null)]),
          )
    const underWay = table(
      setting.terminal,
      ['CHANGE', 'WHAT', 'HOW FAR', 'SINCE'],
      changes.map(one => [
        one.id,
        nameOfChange(one),
        changeText(one, { width: 10 }),
        showMoment(one.startedAt),
      ]),
    )
    const text = changes.length === 0 ? migrations : `${migrations}\n\n${underWay}`
    const problems = await problemLines(setting, project, files, planned)
    const drift = there.drift.map(
      sentence => `${setting.terminal.paintError('yellow', '≠')} ${harmless(sentence)}`,
    )
    return {
      json: {
        target: target.name,
        migrations: rows,
        applied: there.applied,
        drift: there.drift,
        changes,
        problems: planned.problems,
      },
      text,
      notes: [
        ...problems,
        ...changes.flatMap(({ error }) =>
          error === null ? [] : [`${setting.terminal.paintError('red', '✗')} ${harmless(error)}`],
        ),
        ...(changes.length === 0
          ? []
          : ['Follow it: cloudbox migrate up; or: cloudbox migrate pause, resume, cancel']),
        ...(drift.length > 0 ? ['The structure is not what its migrations make of it:', ...drift] : []),
      ],
      ...(planned.problems.length > 0 ? { exitCode: 1 } : {}),
    }
  },
})

const check = command({
  name: 'migrate check',
  summary: 'Look at the files of migrations without a server',
  description:
    'Parents that are missing, circles, branches that change the same, and what cannot be loaded. For pull requests: exits with 1 when something is wrong.',
  options: {},
  examples: ['cloudbox migrate check', 'cloudbox migrate check --json'],
  async run({ cwd, terminal }): Promise<Outcome> {
    const project = projectHere(cwd)
    const files = await loadMigrations(project)
    const findings = checkMigrations(files)
    const errors = await migrationPlaces(
      project,
      files,
      findings.map(({ migration, part, message, hint }) => ({
        at: `/migrations/${migration}/${part.join('/')}`,
        message,
        ...(hint === undefined ? {} : { hint }),
      })),
    )
    if (errors.length > 0)
      throw new Failure({
        code: 'cli/migrations-wrong',
        detail: `${errors[0]!.at}: ${errors[0]!.message}.`,
        hint: errors[0]!.hint,
        ...(errors.length > 1 ? { errors } : {}),
      })
    const branches = branchesOf(files)
    return {
      json: { migrations: files.map(({ name, parents }) => ({ name, parents })), branches },
      text: `${terminal.paint('green', '✓')} ${count(files.length, 'migration')} in order.`,
      notes:
        branches.length === 0
          ? []
          : [
              `${branches.join(' and ')} are branches; "cloudbox migrate create" joins them when the schema changes.`,
            ],
    }
  },
})

export const migrateCommands = [createMigration, plan, migrateUp, down, status, check, ...changeCommands]
