import { isDeepStrictEqual } from 'node:util'
import { canonical } from '@cloudbox/protocol/canonical'
import type { SchemaPlan, SchemaReply } from '@cloudbox/protocol/schema-replies'
import { command, type Outcome } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { failure } from '../failure.ts'
import { projectHere } from '../project/find-project.ts'
import { loadSchema } from '../project/load-schema.ts'
import { pushSchema, withLines } from '../project/push-schema.ts'
import { readRenames, renameOption } from '../project/renames.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { writeBack } from '../project/write-schema.ts'
import { stepLines } from '../step-text.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { harmless } from '../terminal/text.ts'

const pull = command({
  name: 'schema pull',
  summary: 'Write the structure of an environment into cloudbox/schema.ts',
  description:
    'A file that is there is edited: only what differs changes; comments, order and what code computes stay as they are. What has to be written by hand is told with its line.',
  options: { ...targetOptions, 'dry-run': { type: 'boolean', description: 'Only say what would be done' } },
  examples: ['cloudbox schema pull', 'cloudbox schema pull --env production --project shop --dry-run'],
  async run(setting, { options }) {
    const project = projectHere(setting.cwd)
    const target = await targetOf(setting, options)
    const { collections } = await target.api.get<SchemaReply>('/schema')
    const isDry = options['dry-run'] === true
    const written = await writeBack(project, collections, { isDry })
    const { file, state, byHand } = written
    const said = {
      made: isDry ? `${file} would be made.` : `Made ${file}.`,
      changed: isDry ? `${file} would change.` : `${file} says what ${target.name} has.`,
      unchanged:
        byHand.length === 0 ? `${file} says what ${target.name} has already.` : `${file} was left as it is.`,
    }
    const { paintError: paint } = setting.terminal
    return {
      json: written,
      text: said[state],
      notes: byHand.map(({ at, message }) => `${paint('yellow', at)} ${message}`),
      ...(byHand.length === 0 ? {} : { exitCode: 1 }),
    }
  },
})

const push = command({
  name: 'schema push',
  summary: 'Make the structure of an environment what cloudbox/schema.ts says',
  description:
    'For development: all of it or nothing, without a migration. What is dropped stays in the trash for 14 days. Elsewhere make a migration: cloudbox migrate create.',
  options: { ...targetOptions, ...confirmOptions, ...renameOption },
  examples: ['cloudbox schema push', 'cloudbox schema push --rename people.age=years'],
  async run(setting, { options }) {
    const project = projectHere(setting.cwd)
    const target = await targetOf(setting, options)
    const { collections } = await loadSchema(project)
    const renames = readRenames(options.rename)
    const [{ isDev }, plan] = await Promise.all([
      target.api.get<SchemaReply>('/schema'),
      withLines(project, collections, () =>
        target.api.post<SchemaPlan>('/schema/plan', { collections, renames }),
      ),
    ])
    if (!isDev)
      throw failure(
        'not-dev',
        `${target.name} is no environment for development.`,
        'Make a migration: cloudbox migrate create, then cloudbox migrate up.',
      )
    if (plan.steps.length === 0)
      return { json: { plan: null, steps: [] }, text: `${target.name} is what cloudbox/schema.ts says.` }
    const lost = plan.steps.filter(step => step.isDestructive)
    if (lost.length > 0 || options['dry-run'] === true) {
      const name = target.name.split('/').at(-1)!
      const what = [
        `This changes ${target.name}:`,
        ...plan.steps.map(({ sentence }) => `  ${harmless(sentence)}`),
      ].join('\n')
      const stopped = await confirm(setting.terminal, { name, what }, options)
      if (stopped !== undefined) return { ...stopped, json: { dryRun: true, steps: plan.steps } }
    }
    const done = await whileWaiting(setting.terminal, `Changing ${target.name}`, () =>
      pushSchema(project, target, { renames, versions: plan.versions }),
    )
    return { json: done, text: stepLines(setting.terminal, done.steps, false).join('\n') }
  },
})

const diff = command({
  name: 'schema diff',
  summary: 'Compare cloudbox/schema.ts with the structure of an environment',
  description: 'Exits with 1 when they differ, so that a pipeline can ask.',
  options: { ...targetOptions, ...renameOption },
  examples: ['cloudbox schema diff', 'cloudbox schema diff --env production --project shop --json'],
  async run(setting, { options }): Promise<Outcome> {
    const project = projectHere(setting.cwd)
    const target = await targetOf(setting, options)
    const { collections } = await loadSchema(project)
    const there = await target.api.get<SchemaReply>('/schema')
    const plan = await withLines(project, collections, () =>
      target.api.post<SchemaPlan>('/schema/plan', { collections, renames: readRenames(options.rename) }),
    )
    const json = { target: target.name, steps: plan.steps }
    if (plan.steps.length === 0) return { json, text: `${target.name} is what cloudbox/schema.ts says.` }
    const names = new Set(collections.map(({ name }) => name))
    const missing = there.collections.filter(
      one => !names.has(one.name) && !isDeepStrictEqual(canonical(one).fields, {}),
    )
    return {
      json,
      text: [
        setting.terminal.paint('bold', `From ${target.name} to cloudbox/schema.ts`),
        ...stepLines(setting.terminal, plan.steps, false),
      ].join('\n'),
      notes: [
        '',
        ...(missing.length > 0 ? ['Take over what only the environment has: cloudbox schema pull'] : []),
        'Make it so: cloudbox schema push (development), or cloudbox migrate create',
      ],
      exitCode: 1,
    }
  },
})

export const schemaCommands = [pull, push, diff]
