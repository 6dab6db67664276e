import { resolve } from 'node:path'
import type { Snapshot } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command, type Command, type Setting } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { failure } from '../failure.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const name = { description: 'Its name' }

const save = command({
  name: 'snapshot save',
  summary: 'Keep what is in an environment',
  description:
    'All documents, the structure and its policies, users with all that lets them in, settings of accounts: as of one moment, inside the database.',
  arguments: { name },
  options: targetOptions,
  examples: ['cloudbox snapshot save before-demo', 'cloudbox snapshot save friday --env staging'],
  async run(setting, { arguments: { name }, options }) {
    const target = await targetOf(setting, options)
    const saved = await whileWaiting(setting.terminal, `Saving ${target.name}`, () =>
      target.api.post<Snapshot>('/platform/snapshots', { name }),
    )
    return {
      json: { environment: target.name, snapshot: saved },
      text: `Saved ${target.name} as ${name} (${sizeText(saved.bytes)}).`,
      notes: leftOut(saved, 'is not in the snapshot'),
    }
  },
})

const list = command({
  name: 'snapshot list',
  summary: 'List the snapshots of an environment',
  options: targetOptions,
  examples: ['cloudbox snapshot list'],
  async run(setting, { options }) {
    const target = await targetOf(setting, options)
    const { snapshots } = await target.api.get<{ snapshots: Snapshot[] }>('/platform/snapshots')
    const rows = snapshots.map(one => [one.name, showMoment(one.madeAt), sizeText(one.bytes)])
    return {
      json: { environment: target.name, snapshots },
      text:
        rows.length === 0
          ? `${target.name} has no snapshot.`
          : table(setting.terminal, ['NAME', 'MADE', 'SIZE'], rows),
    }
  },
})

const share = command({
  name: 'snapshot share',
  summary: 'Write a snapshot into a file, for others to restore',
  description:
    'Personal values (fields with pii, users) are made up unless --personal is given; passwords are left out unless --passwords is given with it. Secrets, keys, sessions, second factors and identities never come along.',
  arguments: { name },
  options: {
    ...targetOptions,
    out: { type: 'string', value: 'FILE', description: 'Where to; NAME.snapshot.gz unless told' },
    personal: { type: 'boolean', description: 'Personal values as they are, instead of made-up ones' },
    passwords: { type: 'boolean', description: 'With --personal: hashes of passwords, too' },
  },
  examples: [
    'cloudbox snapshot share before-demo',
    'cloudbox snapshot share friday --env staging --out friday.snapshot.gz',
  ],
  async run(setting, { arguments: { name }, options }) {
    const { personal = false, passwords = false } = options
    if (passwords && !personal)
      throw failure(
        'usage',
        '--passwords needs --personal.',
        'Passwords belong to people; else those are made up.',
      )
    const target = await targetOf(setting, options)
    const shown = options.out ?? `${name}.snapshot.gz`
    const path = resolve(setting.cwd, shown)
    const { shareSnapshot } = await import('../snapshots/share-snapshot.ts')
    const { bytes, head, rows } = await whileWaiting(setting.terminal, `Sharing ${name}`, () =>
      shareSnapshot(target.api, { name, path, shown, personal, passwords }),
    )
    const { values } = head
    return {
      json: { environment: target.name, snapshot: name, file: path, bytes, values, passwords, rows },
      text: `Wrote ${name} of ${target.name} to ${shown} (${sizeText(bytes)}).`,
      notes: [
        personal
          ? `Personal values are in it as they are${passwords ? ', with hashes of passwords' : ''}: give it only to whoever may see them.`
          : 'Personal values are made up; nobody has a password.',
        `Others restore it: cloudbox snapshot restore --from ${shown}`,
      ],
    }
  },
})

const restore = command({
  name: 'snapshot restore',
  summary: 'Make an environment what it was when a snapshot was taken',
  description:
    'All of it or nothing. Everybody is signed out; live queries begin anew. What is there now becomes the snapshot before-restore. With --from the snapshot comes from a file that "snapshot share" wrote, and stays here under its name.',
  arguments: { name: { description: 'Its name; of a file another one than it has', optional: true } },
  options: {
    ...targetOptions,
    ...confirmOptions,
    from: { type: 'string', value: 'FILE', description: 'A file with the snapshot' },
  },
  examples: [
    'cloudbox snapshot restore before-demo',
    'cloudbox snapshot restore friday --env staging --yes shop/staging',
    'cloudbox snapshot restore --from friday.snapshot.gz',
  ],
  async run(setting, { arguments: { name: given }, options }) {
    const { from } = options
    if (given === undefined && from === undefined)
      throw failure('usage', 'Which snapshot?', 'Name it, or a file that holds one with --from FILE.')
    const target = await targetOf(setting, options)
    const file = from === undefined ? undefined : await fileOf(setting, from)
    const name = given ?? file!.checked.head.name
    // On this machine it comes back with one more restore.
    if (!target.isLocal || options['dry-run'] === true) {
      const by = file === undefined ? `what it was when ${name} was taken` : `what is in ${from}`
      const what = `This replaces everything in ${target.name} by ${by}.`
      const stopped = await confirm(setting.terminal, { name: target.name, what }, options)
      if (stopped !== undefined) return stopped
    }
    if (file !== undefined) {
      const { loadSnapshot } = await import('../snapshots/load-snapshot.ts')
      await whileWaiting(setting.terminal, `Reading ${from}`, () =>
        loadSnapshot(target.api, { ...file, name: given }),
      )
    }
    const environment = target.name.split('/').at(-1)
    const kept = await whileWaiting(setting.terminal, `Restoring ${target.name}`, () =>
      target.api.post<Snapshot>(at`/platform/snapshots/${name}/restore`, { confirm: environment }),
    )
    return {
      json: { environment: target.name, restored: name, before: kept },
      text:
        file === undefined
          ? `${target.name} is what it was when ${name} was taken.`
          : `${target.name} is what ${file.checked.head.from} was when ${file.checked.head.name} was taken.`,
      notes: [
        `What it was until now: cloudbox snapshot restore ${kept.name}`,
        ...(file === undefined ? [] : [`It stays here as a snapshot: cloudbox snapshot remove ${name}`]),
        ...leftOut(kept, 'was made with SQL and did not come along'),
      ],
    }
  },
})

/** Before anybody is asked: a file that is not whole changes nothing. */
async function fileOf({ cwd, terminal }: Setting, from: string) {
  const { checkFile } = await import('../snapshots/read-file.ts')
  const path = resolve(cwd, from)
  const checked = await whileWaiting(terminal, `Checking ${from}`, () => checkFile(path, from))
  return { path, shown: from, checked }
}

const remove = command({
  name: 'snapshot remove',
  summary: 'Remove a snapshot for good',
  arguments: { name },
  options: { ...targetOptions, ...confirmOptions },
  examples: ['cloudbox snapshot remove before-demo --yes before-demo'],
  async run(setting, { arguments: { name }, options }) {
    const target = await targetOf(setting, options)
    const what = `This removes the snapshot ${name} of ${target.name} for good.`
    const stopped = await confirm(setting.terminal, { name, what }, options)
    if (stopped !== undefined) return stopped
    await target.api.delete(at`/platform/snapshots/${name}`)
    return {
      json: { environment: target.name, removed: name },
      text: `Removed the snapshot ${name} of ${target.name}.`,
    }
  },
})

export const snapshotCommands: readonly Command[] = [save, list, share, restore, remove]

function leftOut({ leftOut: names }: Snapshot, why: string): string[] {
  return names.length === 0 ? [] : [`${names.join(', ')} ${why}: it is nothing the collections describe.`]
}

const units = ['B', 'kB', 'MB', 'GB', 'TB']

function sizeText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`
}
