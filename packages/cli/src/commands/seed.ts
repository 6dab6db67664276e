import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { failure } from '../failure.ts'
import { projectHere } from '../project/find-project.ts'
import { checkOnly, runSeeds } from '../project/seeds.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

export const seed = command({
  name: 'seed',
  summary: 'Write the documents of cloudbox/seed/ into an environment',
  description:
    'Files are JSON, JSON lines, CSV or TypeScript, and are taken in the order of their names. Doing it again changes nothing: only what differs from the files is written.',
  options: {
    ...targetOptions,
    ...confirmOptions,
    only: { type: 'string', value: 'NAME', multiple: true, description: 'A file or a collection; else all' },
    reset: { type: 'boolean', description: 'Remove all documents of the seeded collections before' },
    count: { type: 'string', value: 'N', description: 'How many are made up where a file does not say; 10' },
  },
  examples: [
    'cloudbox seed',
    'cloudbox seed --only people --reset',
    'cloudbox seed --count 200 --env staging',
  ],
  async run(setting, { options }) {
    const project = projectHere(setting.cwd)
    const count = countOf(options.count)
    const target = await targetOf(setting, options)
    const { only = [], reset = false } = options
    await checkOnly(project, target, only)
    // What is on this machine comes back with the next seed.
    if (options['dry-run'] === true || (reset && !target.isLocal)) {
      const what = `This ${reset ? 'removes every document of the seeded collections of' : 'seeds'} ${target.name}.`
      const stopped = await confirm(setting.terminal, { name: target.name, what }, options)
      if (stopped !== undefined) return stopped
    }
    const files = await whileWaiting(setting.terminal, `Seeding ${target.name}`, () =>
      runSeeds(project, target, { only, reset, ...(count === undefined ? {} : { count }) }),
    )
    const rows = files.map(({ file, created, changed, unchanged }) => [
      file,
      `${created}`,
      `${changed}`,
      `${unchanged}`,
    ])
    return {
      json: { environment: target.name, files },
      text:
        rows.length === 0
          ? 'There is nothing in cloudbox/seed/.'
          : table(setting.terminal, ['FILE', 'CREATED', 'CHANGED', 'UNCHANGED'], rows),
    }
  },
})

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw failure('usage', `--count ${text} is no number.`)
}
