import { httpProblems } from '@cloudbox/protocol/http'
import { statusProblems, StatusSettings, StatusSummary } from '@cloudbox/protocol/status'
import type { Environment } from '../../kernel/caller.ts'
import type { Database } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import { readStaticPage } from '../../kernel/static-page.ts'
import type { AuthorOf } from '../platform/module.ts'
import { readSettings, writeSettings } from './settings.ts'

export interface StatusDeps {
  readonly db: Database
  readonly authorOf: AuthorOf
  /** null: the page is closed. */
  readSummary(environment: Environment): Promise<StatusSummary | null>
  /** What was summed up before is not true any more. */
  forget(environment: Environment): void
}

export function statusRoutes({ db, authorOf, readSummary, forget }: StatusDeps): Route[] {
  const page = readStaticPage(new URL('./page/', import.meta.url))
  const summaryOf = async (environment: Environment) => {
    const summary = await readSummary(environment)
    if (summary === null)
      throw new Problem(
        statusProblems.closed,
        `${environment.project}/${environment.name} shows no status page.`,
      )
    return summary
  }
  const apiOf = ({ project, name }: Environment) => `/${project}/${name}/v1`

  return [
    route(
      'GET /status',
      { summary: 'The status page of an environment in the browser', access: 'anyone', hidden: true },
      async ({ environment }) => {
        const { title } = await summaryOf(environment)
        const api = apiOf(environment)
        return page.html(`${api}/status`, { title, api })
      },
    ),
    route(
      'GET /status/summary',
      {
        summary: 'How the environment does, and how it did',
        description:
          'What the public status page shows. Nobody has to sign in; it is at most ten seconds old.',
        access: 'anyone',
        reply: StatusSummary,
        problems: [statusProblems.closed],
      },
      async ({ environment }) => ({
        json: await summaryOf(environment),
        headers: { 'cache-control': 'public, max-age=10' },
      }),
    ),
    route(
      'GET /status/settings',
      {
        summary: 'What the status page says, and whether it is open',
        access: 'secret',
        permission: 'environments.read',
        reply: StatusSettings,
      },
      async ({ environment }) => ({ json: await readSettings(db, environment.id) }),
    ),
    route(
      'PUT /status/settings',
      {
        summary: 'Open or close the status page, and say something on it',
        description: 'It may take ten seconds until everybody sees it.',
        access: 'secret',
        permission: 'environments.change',
        body: StatusSettings,
        reply: StatusSettings,
      },
      async request => {
        const { environment, body } = request
        const author = authorOf(request)
        await db.transaction(async tx => {
          const before = await readSettings(tx, environment.id)
          await writeSettings(tx, environment.id, body)
          await author.record(tx, { action: 'status.changed', subject: 'status page', before, after: body })
        })
        forget(environment)
        return { json: body }
      },
    ),
    route(
      'GET /status/:version/:file',
      { summary: 'A file of the status page', access: 'anyone', hidden: true },
      ({ params }) => {
        const file = page.file(params.version, params.file)
        if (file === undefined) throw new Problem(httpProblems['not-found'], 'There is no such file.')
        return file
      },
    ),
  ]
}
