import { authProblems } from '@cloudbox/protocol/auth'
import { MailboxList, MailboxMessage } from '@cloudbox/protocol/auth-mail'
import { httpProblems } from '@cloudbox/protocol/http'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Gate } from '../../../kernel/gate.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route, type RouteRequest } from '../../../kernel/route.ts'
import { readStaticPage } from '../../../kernel/static-page.ts'
import { isLocalVisitor } from './is-local-visitor.ts'
import { emptyMailbox, getMail, hasMailbox, listMails } from './mailbox.ts'

export interface MailboxRoutes {
  readonly db: Database
  readonly gate: Pick<Gate, 'identify'>
}

type Visit = Pick<RouteRequest<string, { summary: ''; access: 'anyone' }>, 'environment' | 'headers' | 'ip'>

/** Who may come in is said in the handlers: the routes themselves know no such access. */
const access = 'anyone'
const description =
  'In dev and inert environments only. From the computer the server runs on without a key, from elsewhere with the secret key, or as an operator who may change users.'

export function mailboxRoutes({ db, gate }: MailboxRoutes): Route[] {
  const page = readStaticPage(new URL('./page/', import.meta.url), {
    // The mails: they bring their own styles and pictures, and no scripts.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data: https:",
    'trusted-types': 'mail',
  })

  const checkVisitor = async (visit: Visit): Promise<void> => {
    checkMailbox(visit.environment)
    if (isLocalVisitor(visit)) return
    const { apikey, authorization } = visit.headers
    const credentials = {
      apiKey: typeof apikey === 'string' ? apikey : undefined,
      bearer: authorization?.toString().match(/^Bearer (.+)$/)?.[1],
    }
    const { kind } = await gate.identify(visit.environment, credentials, 'users.change')
    if (kind !== 'secret')
      throw new Problem(platformProblems['secret-key-needed'], 'The mailbox shows links that sign in.')
  }

  return [
    route(
      'GET /auth/mailbox',
      { summary: 'The mailbox of an environment in the browser', access, hidden: true },
      ({ environment }) => {
        checkMailbox(environment)
        const api = `/${environment.project}/${environment.name}/v1`
        // Nothing is on the page but the name of the environment: it asks for a key where one is needed.
        return page.html(`${api}/auth/mailbox`, { title: `${environment.project}/${environment.name}`, api })
      },
    ),

    route(
      'GET /auth/mailbox/:version/:file',
      { summary: 'A file of the page', access, hidden: true },
      ({ params }) => {
        const file = page.file(params.version, params.file)
        if (file !== undefined) return file
        throw new Problem(httpProblems['not-found'], `The page has no file ${params.file}.`)
      },
    ),

    route(
      'GET /auth/mailbox/messages',
      {
        summary: 'The mails this environment has sent, newest first',
        description,
        access,
        reply: MailboxList,
      },
      async visit => {
        await checkVisitor(visit)
        const { messages, etag } = await listMails(db, visit.environment)
        return { headers: { etag, 'cache-control': 'private, no-cache' }, json: { messages } }
      },
    ),

    route(
      'GET /auth/mailbox/messages/:id',
      {
        summary: 'One mail, with its words',
        description,
        access,
        reply: MailboxMessage,
        problems: [authProblems['unknown-mail']],
      },
      async visit => {
        await checkVisitor(visit)
        const mail = await getMail(db, visit.environment, visit.params.id)
        if (mail === undefined)
          throw new Problem(authProblems['unknown-mail'], 'The mailbox has no such mail.')
        return { headers: { 'cache-control': 'private, no-store' }, json: mail }
      },
    ),

    route(
      'DELETE /auth/mailbox/messages',
      { summary: 'Empty the mailbox', description, access },
      async visit => {
        await checkVisitor(visit)
        await emptyMailbox(db, visit.environment)
        return { status: 204 }
      },
    ),
  ]
}

/** Where real people get their mails there is no mailbox, not even for the secret key. */
function checkMailbox(environment: Environment): void {
  if (!hasMailbox(environment))
    throw new Problem(httpProblems['not-found'], 'Only dev and inert environments have a mailbox.')
}
