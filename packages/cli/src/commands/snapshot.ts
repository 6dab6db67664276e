import type { Snapshot } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command, type Command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
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

const restore = command({
  name: 'snapshot restore',
  summary: 'Make an environment what it was when a snapshot was taken',
  description:
    'All of it or nothing. Everybody is signed out; live queries begin anew. What is there now becomes the snapshot before-restore.',
  arguments: { name },
  options: { ...targetOptions, ...confirmOptions },
  examples: [
    'cloudbox snapshot restore before-demo',
    'cloudbox snapshot restore friday --env staging --yes shop/staging',
  ],
  async run(setting, { arguments: { name }, options }) {
    const target = await targetOf(setting, options)
    // On this machine it comes back with one more restore.
    if (!target.isLocal || options['dry-run'] === true) {
      const what = `This replaces everything in ${target.name} by what it was when ${name} was taken.`
      const stopped = await confirm(setting.terminal, { name: target.name, what }, options)
      if (stopped !== undefined) return stopped
    }
    const environment = target.name.split('/').at(-1)
    const kept = await whileWaiting(setting.terminal, `Restoring ${target.name}`, () =>
      target.api.post<Snapshot>(at`/platform/snapshots/${name}/restore`, { confirm: environment }),
    )
    return {
      json: { environment: target.name, restored: name, before: kept },
      text: `${target.name} is what it was when ${name} was taken.`,
      notes: [
        `What it was until now: cloudbox snapshot restore ${kept.name}`,
        ...leftOut(kept, 'was made with SQL and did not come along'),
      ],
    }
  },
})

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

export const snapshotCommands: readonly Command[] = [save, list, restore, remove]

function leftOut({ leftOut: names }: Snapshot, why: string): string[] {
  return names.length === 0 ? [] : [`${names.join(', ')} ${why}: it is nothing the collections describe.`]
}

const units = ['B', 'kB', 'MB', 'GB', 'TB']

function sizeText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`
}
