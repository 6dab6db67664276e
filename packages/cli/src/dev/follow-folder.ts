import { mkdir, writeFile } from 'node:fs/promises'
import type { RunningServer } from '@cloudbox/server/start'
import { Failure } from '../failure.ts'
import { environmentApi } from '../project/environment-api.ts'
import type { Project } from '../project/find-project.ts'
import { readText } from '../project/load-module.ts'
import { schemaPath } from '../project/load-schema.ts'
import type { Reporter } from './reporter.ts'
import type { RunningApp } from './run-dev.ts'
import { schemaSync } from './schema-sync.ts'
import { seedSync } from './seed-sync.ts'
import { watchFolder } from './watch-folder.ts'

export interface FollowOptions {
  readonly project: Project
  readonly app: RunningApp
  readonly running: RunningServer
  readonly say: Reporter
  /** Apply what is there, and watch nothing. */
  readonly isOnce: boolean
}

export interface Followed {
  /** What was applied last was good. */
  readonly isGood: boolean
  stop(): void
}

/** Where migrations come from are other environments: this one gets the schema itself. */
const others = /^migrations\/|^types\.ts$|^link\.json$|(^|\/)\.|\.tmp$|~$/

/** A change through the API comes as one or more commits. */
const settleMs = 60

/**
 * Keeps the environment as `cloudbox/` says it, and `cloudbox/schema.ts` as the environment is when its structure changes
 * through the API. Everything happens one after the other; a mistake is told, and the next save is a new attempt.
 */
export async function followFolder({ project, app, running, say, isOnce }: FollowOptions): Promise<Followed> {
  await begin(project, say)
  const api = environmentApi(app.url, { key: app.secretKey })
  const sync = schemaSync(project, api, say)
  const name = new URL(app.url).pathname.slice(1)
  const seeds = seedSync(project, { name, environmentUrl: app.url, isLocal: true, api }, say)
  let isGood = true
  let work: Promise<void> = Promise.resolve()
  const inTurn = (task: () => Promise<void>) =>
    (work = work.then(async () => {
      isGood = await attempt(say, task)
    }))
  await inTurn(async () => {
    await sync.push()
    await seeds.begin()
  })
  if (isOnce) return { isGood, stop: () => {} }

  const watcher = await watchFolder(
    project.folder,
    path => others.test(path),
    changed => {
      const isSeed = (path: string) => path.startsWith('seed/')
      const paths = [...changed]
      return inTurn(async () => {
        if (!paths.every(isSeed)) await sync.push()
        if (paths.some(isSeed)) await seeds.run()
      })
    },
  )
  let timer: NodeJS.Timeout | undefined
  const stopHearing = running.server.stream.listen(({ changes }) => {
    // As module `data` calls the event that the structure of an environment has changed.
    if (!changes.some(change => change.kind === 'event' && change.name === 'data.collections-changed')) return
    clearTimeout(timer)
    timer = setTimeout(() => void inTurn(() => sync.pull(() => watcher.accept())), settleMs)
  })
  return {
    get isGood() {
      return isGood
    },
    stop: () => {
      clearTimeout(timer)
      stopHearing()
      watcher.stop()
    },
  }
}

/** Does something; what goes wrong is told. Answers whether it went well. */
async function attempt(say: Reporter, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    const isKnown = error instanceof Failure
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    say.failed(isKnown ? error : new Failure({ code: 'cli/bug', detail }))
    return false
  }
}

/** An app begins with a schema that says how it is written. */
async function begin(project: Project, say: Reporter): Promise<void> {
  const path = schemaPath(project)
  if ((await readText(path)) !== undefined) return
  await mkdir(project.folder, { recursive: true })
  await writeFile(path, firstSchema, { flag: 'wx' })
  say.done('made', { file: 'cloudbox/schema.ts' }, 'cloudbox/schema.ts made: your collections go there')
}

const firstSchema = `import { defineSchema, type SchemaOf } from '@cloudbox/client/schema'

// The collections of this app. "cloudbox dev" applies this file whenever it is saved. To begin, add t to the
// import and put in, for example:
//
//   todos: {
//     fields: {
//       title: t.text({ required: true, max: 200 }),
//       done: t.boolean({ default: false }),
//       owner: t.relation('users'),
//     },
//     policies: { list: 'auth.uid == doc.owner', create: 'auth.uid == next.owner' },
//   },
//
// A collection without policies is closed to everybody but holders of the secret key.
const schema = defineSchema({})

export default schema
export type Schema = SchemaOf<typeof schema>
`
