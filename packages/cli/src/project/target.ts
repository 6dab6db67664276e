import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { at } from '../api.ts'
import type { Option, Setting } from '../command.ts'
import { failure } from '../failure.ts'
import { environmentApi, type EnvironmentApi } from './environment-api.ts'
import { findProject, type Project } from './find-project.ts'

/** Options of every command that works on one environment. */
export const targetOptions = {
  project: {
    type: 'string',
    value: 'NAME',
    description: 'The project on a server; else CLOUDBOX_PROJECT, or what "cloudbox link" has named',
  },
  env: {
    type: 'string',
    value: 'NAME',
    description: 'The environment; else CLOUDBOX_ENV, or the one that "cloudbox dev" runs here',
  },
} as const satisfies Record<string, Option>

/** What `cloudbox dev` leaves in `.cloudbox/` for other commands, readable by its owner alone. */
export interface LocalEnvironment {
  readonly environmentUrl: string
  readonly publishableKey: string
  readonly secretKey: string
  /** Of the process that serves it. */
  readonly pid: number
}

/** What `cloudbox link` leaves in `cloudbox/link.json`. Holds no secret, so it may be under version control. */
export interface Link {
  /** Origin of the server. */
  readonly url: string
  readonly project: string
}

/** One environment and the right to change it. */
export interface Target {
  /** For people: `my-app/dev`. */
  readonly name: string
  readonly environmentUrl: string
  /** It is the one on this machine that `cloudbox dev` runs. */
  readonly isLocal: boolean
  readonly api: EnvironmentApi
}

const localFile = 'dev.json'

/**
 * The environment that is meant: CLOUDBOX_ENVIRONMENT_URL with CLOUDBOX_SECRET_KEY; or a named one, asked as whoever is
 * signed in; or the local one.
 * @throws Failure `cli/usage`, `cli/not-running`
 */
export async function targetOf(
  setting: Setting,
  options: {
    readonly project?: string | undefined
    readonly env?: string | undefined
    readonly url?: string | undefined
  },
): Promise<Target> {
  const { environment, tokens } = setting
  const { CLOUDBOX_ENVIRONMENT_URL: address, CLOUDBOX_SECRET_KEY: key } = environment
  const env = given(options.env) ?? given(environment['CLOUDBOX_ENV'])
  if (env === undefined && given(address) !== undefined) {
    if (given(key) === undefined)
      throw failure('usage', 'CLOUDBOX_SECRET_KEY is missing.', 'It belongs to CLOUDBOX_ENVIRONMENT_URL.')
    return target(address!, { key: key! }, false)
  }
  const project = findProject(setting.cwd)
  if (env === undefined) {
    const local = project && (await readJson<LocalEnvironment>(join(project.state, localFile)))
    if (local !== undefined && isRunning(local.pid))
      return target(local.environmentUrl, { key: local.secretKey }, true)
    throw failure(
      'not-running',
      'Nothing runs here.',
      'Start it with "cloudbox dev", or name an environment on a server with --env NAME.',
    )
  }
  const link = await linkOf(project)
  const name = given(options.project) ?? given(environment['CLOUDBOX_PROJECT']) ?? link?.project
  if (name === undefined)
    throw failure('usage', 'Which project?', 'Say it with --project NAME, or once with "cloudbox link".')
  const isServerSaid = given(options.url) !== undefined || given(environment['CLOUDBOX_URL']) !== undefined
  if (link !== undefined && name === link.project && link.url !== setting.url && !isServerSaid)
    throw failure(
      'not-signed-in',
      `This app belongs to ${link.project} on ${link.url}, where you are not signed in.`,
      `cloudbox login ${link.url}`,
    )
  return target(`${setting.url}${at`/${name}/${env}`}`, { tokens }, false)
}

/** Where an app belongs. */
export async function linkOf(project: Project | undefined): Promise<Link | undefined> {
  return project && readJson<Link>(join(project.folder, 'link.json'))
}

function target(address: string, right: Parameters<typeof environmentApi>[1], isLocal: boolean): Target {
  const environmentUrl = address.replace(/\/+$/, '')
  return {
    name: new URL(environmentUrl).pathname.slice(1),
    environmentUrl,
    isLocal,
    api: environmentApi(environmentUrl, right),
  }
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure('not-whole', `${path} cannot be read: ${(error as Error).message}`, 'Remove it.')
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
