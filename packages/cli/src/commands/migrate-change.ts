import type {
  OnlineChangeReply,
  OnlineChangesReply,
  ResumeChangeBody,
} from '@cloudbox/protocol/schema-changes'
import { at } from '../api.ts'
import { shareText } from '../changes/change-text.ts'
import { nameOf as nameOfChange } from '../changes/show-change.ts'
import { command, type Outcome } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { failure } from '../failure.ts'
import type { EnvironmentApi } from '../project/environment-api.ts'
import { nameOf } from '../project/planned-migrations.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { count } from '../step-text.ts'
import { harmless } from '../terminal/text.ts'

const change = {
  id: {
    description: 'The change, as "cloudbox migrate status" names it; where one is under way that one',
    optional: true,
  },
} as const

const pause = command({
  name: 'migrate pause',
  summary: 'Let an online migration rest',
  description: 'What it has done stays, and new writes keep it true.',
  arguments: change,
  options: { ...targetOptions },
  examples: ['cloudbox migrate pause', 'cloudbox migrate pause 3 --env production --project shop'],
  async run(setting, { arguments: { id }, options }) {
    const { api } = await targetOf(setting, options)
    const { id: found } = await find(api, id)
    const json = await api.post<OnlineChangeReply>(at`/schema/changes/${found}/pause`)
    const text = `${setting.terminal.paint('yellow', '‖')} ${named(json)} rests: ${shareText(json)}.`
    return { json, text, notes: ['Let it go on: cloudbox migrate resume'] }
  },
})

const resume = command({
  name: 'migrate resume',
  summary: 'Let an online migration go on that was paused, or waits',
  description:
    '--set-null makes the new value of every document in the quarantine empty; taking the migration back brings their old ones again.',
  arguments: change,
  options: {
    ...targetOptions,
    ...confirmOptions,
    'set-null': { type: 'boolean', description: 'What is in the quarantine becomes empty' },
  },
  examples: ['cloudbox migrate resume', 'cloudbox migrate resume --set-null --yes production'],
  async run(setting, { arguments: { id }, options }) {
    const target = await targetOf(setting, options)
    const found = await find(target.api, id)
    const setNull = options['set-null'] === true
    if (setNull || options['dry-run'] === true) {
      const emptied = `makes ${nameOfChange(found)} empty in ${count(found.quarantined, 'document')}`
      const what = `This ${setNull ? emptied : `lets ${named(found)} go on`} in ${target.name}.`
      const stopped = await confirm(setting.terminal, { name: nameOf(target), what }, options)
      if (stopped !== undefined) return stopped
    }
    const body: ResumeChangeBody = setNull ? { setNull } : {}
    const json = await target.api.post<OnlineChangeReply>(at`/schema/changes/${found.id}/resume`, body)
    return {
      json,
      text: `${setting.terminal.paint('green', '▸')} ${named(json)} goes on.`,
      notes: ['Follow it, and apply what comes after it: cloudbox migrate up'],
    }
  },
})

const cancel = command({
  name: 'migrate cancel',
  summary: 'Take back an online migration that is under way',
  description: 'The collection is what it was, with everything that was written meanwhile.',
  arguments: change,
  options: { ...targetOptions, ...confirmOptions },
  examples: ['cloudbox migrate cancel', 'cloudbox migrate cancel 3 --yes production'],
  async run(setting, { arguments: { id }, options }): Promise<Outcome> {
    const target = await targetOf(setting, options)
    const found = await find(target.api, id)
    const what = `This takes back ${named(found)} (${shareText(found)}) in ${target.name}.`
    const stopped = await confirm(setting.terminal, { name: nameOf(target), what }, options)
    if (stopped !== undefined) return stopped
    const json = await target.api.post<OnlineChangeReply>(at`/schema/changes/${found.id}/cancel`)
    return { json, text: `${setting.terminal.paint('green', '↩')} ${named(json)} was cancelled.` }
  },
})

export const changeCommands = [pause, resume, cancel]

/** Changes that are not over. */
export async function changesUnderWay({ get }: Pick<EnvironmentApi, 'get'>): Promise<OnlineChangeReply[]> {
  const { changes } = await get<OnlineChangesReply>('/schema/changes')
  return changes.filter(({ state }) => state !== 'done' && state !== 'cancelled')
}

/** The change that is meant. @throws Failure `cli/usage`, `cli/not-one`, `schema/unknown-change` */
async function find(api: EnvironmentApi, id: string | undefined): Promise<OnlineChangeReply> {
  if (id !== undefined) return api.get<OnlineChangeReply>(at`/schema/changes/${id}`)
  const [only, ...others] = await changesUnderWay(api)
  if (only === undefined)
    throw failure('not-one', 'No online migration is under way.', 'See them all: cloudbox migrate status')
  if (others.length === 0) return only
  const names = [only, ...others].map(one => `${one.id} (${nameOfChange(one)})`)
  throw failure('not-one', `Which change? ${names.join(', ')}.`, 'Name one: cloudbox migrate pause ID')
}

function named(one: OnlineChangeReply): string {
  return `change ${harmless(one.id)} of ${nameOfChange(one)}`
}
