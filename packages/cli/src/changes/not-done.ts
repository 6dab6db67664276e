import type { OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import type { MigratedUp } from '@cloudbox/protocol/schema-replies'
import type { Setting } from '../command.ts'
import type { MigrationFile } from '../project/load-migrations.ts'
import type { Target } from '../project/target.ts'
import { harmless } from '../terminal/text.ts'
import type { Followed } from './follow-change.ts'
import { quarantineLines, readQuarantine } from './quarantine.ts'

/** Why a migration that goes on online has not come to its end here, and what to do. */
export interface Stopped {
  readonly json: Readonly<Record<string, unknown>>
  /** Among what was applied. */
  readonly line: string
  readonly notes: readonly string[]
  readonly exitCode: number
}

interface About {
  readonly setting: Pick<Setting, 'terminal'>
  readonly target: Pick<Target, 'api'>
  readonly files: readonly MigrationFile[]
}

export type End =
  | { readonly ending: 'not-waited' }
  | { readonly ending: Exclude<Followed['ending'], 'done'>; readonly change: OnlineChangeReply }

const again = 'cloudbox migrate up'
const waiting = `Those after it wait for its end; then: ${again}`

export async function notDone(
  { setting: { terminal }, target: { api }, files }: About,
  running: NonNullable<MigratedUp['running']>,
  end: End,
): Promise<Stopped> {
  const { paint, paintError } = terminal
  const operation = files.find(({ name }) => name === running.name)?.operations[0]
  const field = operation?.do === 'change-field' ? operation : undefined
  const isClient = field?.using !== undefined && 'client' in field.using
  const help = (line: string) => `${paintError('cyan', '→')} ${line}`
  const say = (mark: string, what: string) => `${mark} ${harmless(running.name)} ${what}`
  const goesOn = say(paint('yellow', '…'), `goes on as change ${running.change}`)
  const follow = [
    help(isClient ? `Its function runs only while it is followed: ${again}` : `Follow it: ${again}`),
    help('See how far it is: cloudbox migrate status'),
    help('Or: cloudbox migrate pause, cloudbox migrate cancel'),
  ]
  if (end.ending === 'not-waited')
    return { json: { running }, line: goesOn, notes: [...follow, waiting], exitCode: 0 }
  const { change } = end
  const json = { running, change }
  switch (end.ending) {
    case 'left':
      return { json, line: goesOn, notes: follow, exitCode: 1 }
    case 'paused':
      return {
        json,
        line: say(paint('yellow', '…'), 'is paused'),
        notes: [help(`Let it go on: cloudbox migrate resume, then ${again}`), help(leaving)],
        exitCode: 1,
      }
    case 'cancelled':
      return {
        json: { change },
        line: say(paint('red', '✗'), 'was cancelled; everything is as it was before it'),
        notes: [],
        exitCode: 1,
      }
    case 'failed':
      return {
        json,
        line: say(paint('red', '✗'), 'has failed; reads and writes go on as before'),
        notes: [
          `${paintError('red', '✗')} ${harmless(change.error ?? 'The server does not say why.')}`,
          help(`Mend the documents, then: cloudbox migrate resume, ${again}`),
          help(leaving),
        ],
        exitCode: 1,
      }
    case 'quarantined': {
      const quarantine = await readQuarantine(api, change)
      const ways = [
        ...(isClient ? [`Mend the function in ${running.name} and compute them anew: ${again}`] : []),
        `Or write them as an app would, or delete them: the change goes on by itself. Then: ${again}`,
        ...(field?.definition.required === true
          ? []
          : ['Or let all of them become empty: cloudbox migrate resume --set-null']),
        leaving,
      ].map((line, i) =>
        i === 0 ? line.replace(/^Or (.)/, (_, first: string) => first.toUpperCase()) : line,
      )
      return {
        json: { ...json, quarantine },
        line: say(paint('red', '✗'), 'waits for documents to be mended'),
        notes: quarantineLines(terminal, change, { quarantine, help: ways }),
        exitCode: 1,
      }
    }
  }
}

const leaving = 'Or leave everything as it was: cloudbox migrate cancel'
