import { join } from 'node:path'
import type { PlatformEnvironment } from '@cloudbox/protocol/platform-replies'
import type { ServerFacts } from '@cloudbox/protocol/server-facts'
import type { InspectedPostgres } from '@cloudbox/server/kernel/postgres/inspect'
import { at } from '../api.ts'
import type { Setting } from '../command.ts'
import { isRunning, readState, type DevState } from '../dev/state.ts'
import { environmentApi } from '../project/environment-api.ts'
import { findProject, type Project } from '../project/find-project.ts'
import { linkOf, type Link } from '../project/target.ts'

/** The machine and the app that are looked at. What several checks need is asked for once. */
export interface Patient {
  readonly setting: Setting
  readonly project: Project | undefined
  /** Where `cloudbox dev` keeps its database. */
  readonly dataDir: string | undefined
  /** What `cloudbox dev` has left. */
  readonly state: Partial<DevState> | undefined
  readonly isDevRunning: boolean
  readonly link: Link | undefined
  /** Of a Postgres of one's own that was named. */
  readonly databaseUrl: string | undefined
  /** The Postgres that was named, else the one that runs here; undefined when none does. */
  postgres(): Promise<InspectedPostgres | undefined>
  /** What the environment that runs here says of its server. */
  local(): Promise<ServerFacts | undefined>
  /** Whether the linked server answers, and its clock. */
  reach(): Promise<Reached>
  /** What the linked server says of itself to whoever is signed in; undefined when nobody is, or has no environment. */
  remote(): Promise<ServerFacts | undefined>
}

interface Reached {
  /** Why it does not answer. */
  readonly failure?: string
  /** Its clock is so much ahead of ours; as exact as a whole second. */
  readonly aheadMs?: number
}

const reachMs = 5000

export async function patientOf(
  setting: Setting,
  { databaseUrl: named }: { readonly databaseUrl?: string | undefined },
): Promise<Patient> {
  const project = findProject(setting.cwd)
  const state = project && (await readState(project))
  const isDevRunning = isRunning(state?.pid)
  const link = await linkOf(project)
  const dataDir = project && join(project.state, 'data')
  // In the folder of an app it is the app's own, as for "cloudbox dev".
  const databaseUrl = named ?? (project === undefined ? setting.environment['DATABASE_URL'] : undefined)
  const patient: Patient = {
    setting,
    project,
    dataDir,
    state,
    isDevRunning,
    link,
    databaseUrl: databaseUrl === '' ? undefined : databaseUrl,
    postgres: once(async () => {
      const { inspectPostgres, recallEmbedded } = await import('@cloudbox/server/kernel/postgres/inspect')
      if (patient.databaseUrl !== undefined) return inspectPostgres(patient.databaseUrl)
      const embedded = dataDir === undefined || !isDevRunning ? undefined : recallEmbedded(dataDir)
      return embedded && inspectPostgres(embedded.url)
    }),
    local: once(async () => {
      if (!isDevRunning || state?.environmentUrl === undefined || state.secretKey === undefined)
        return undefined
      return environmentApi(state.environmentUrl, { key: state.secretKey }).get('/platform/server')
    }),
    reach: once(() => reach(link?.url)),
    remote: once(async () => {
      if (link === undefined || link.url !== setting.url || (await patient.reach()).failure !== undefined)
        return undefined
      const { environments } = await setting.api.get<{ environments: PlatformEnvironment[] }>(
        at`/projects/${link.project}/environments`,
      )
      const usable = environments.find(one => one.state === 'ready' && !one.isArchived)
      if (usable === undefined) return undefined
      const address = `${link.url}${at`/${link.project}/${usable.name}`}`
      return environmentApi(address, { tokens: setting.tokens }).get('/platform/server')
    }),
  }
  return patient
}

async function reach(url: string | undefined): Promise<Reached> {
  if (url === undefined) return {}
  try {
    const askedAt = Date.now()
    const response = await fetch(`${url}/health`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(reachMs),
    })
    const answeredAt = Date.now()
    const body = (await response.json().catch(() => undefined)) as { status?: unknown } | undefined
    if (!response.ok || body?.status !== 'ok')
      return { failure: `it answers ${response.status}, not as CloudBox does` }
    const date = Date.parse(response.headers.get('date') ?? '')
    // A head tells whole seconds: half of one is the best guess.
    const aheadMs = date + 500 - (askedAt + answeredAt) / 2
    return Number.isNaN(date) ? {} : { aheadMs }
  } catch (error) {
    const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } }
    if (name === 'TimeoutError') return { failure: `no answer within ${reachMs / 1000} seconds` }
    return { failure: cause?.code ?? cause?.message ?? message }
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => (answer ??= work())
}
