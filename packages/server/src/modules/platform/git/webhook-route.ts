import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import { httpProblems } from '@cloudbox/protocol/http'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import type { PlatformDeps } from '../deps.ts'
import type { CarryingOut } from './carry-out.ts'
import { findConnection, openSecret, report, type Connection } from './connections.ts'
import { keepDelivery } from './deliveries.ts'
import { isFollowed } from './follow.ts'
import { environmentOfBranch } from './follow-branch.ts'
import { readEvent, type BranchChange, type GitEvent } from './read-event.ts'
import { verifyDelivery } from './verify-delivery.ts'

const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/
/** For connections that are not there: checking takes as long. */
const nobody = { host: 'github', secret: randomBytes(32).toString('hex') } as const

/** Where git hosts tell what happened in a repository. */
export function webhookRoute(deps: PlatformDeps, carryingOut: Pick<CarryingOut, 'wake'>): Route {
  const find = async (id: string) => {
    const connection = uuid.test(id) ? await findConnection(deps.db, { id }) : undefined
    const project = deps.directory().projects.find(one => one.id === connection?.projectId)
    if (connection === undefined || project === undefined) return undefined
    return { connection, secret: openSecret(deps.vault, project.organisationId, connection) }
  }

  return route(
    'POST /platform/git/:connectionId',
    {
      summary: 'Take a delivery of a git host',
      description:
        'Signed with the secret of the connection: `X-Hub-Signature-256` (GitHub), `X-Gitlab-Token` (GitLab), or `X-CloudBox-Signature: t=<seconds since 1970>,v1=<hex>`, the HMAC-SHA256 of `<t>.<body>`, good for five minutes, over `{ "event": "push" | "merged" | "closed" | "deleted", "branch": "…" }`. It is kept before it is answered and carried out afterwards.',
      access: 'anyone',
      scope: 'platform',
      bodyText: true,
      reply: Type.Object({
        outcome: Type.Enum(['accepted', 'ignored', 'repeated']),
        branch: Type.Optional(Type.String()),
        reason: Type.Optional(Type.String()),
      }),
      problems: [platformProblems['signature-invalid']],
    },
    async ({ params, headers, body, id: requestId }) => {
      const found = await find(params.connectionId)
      const { host } = found?.connection ?? nobody
      const key = verifyDelivery(host, found?.secret ?? nobody.secret, { headers, body }, Date.now())
      if (found === undefined || key === undefined)
        throw new Problem(
          platformProblems['signature-invalid'],
          'The delivery is not signed as it has to be.',
        )
      const { connection } = found
      const event = readEvent(host, headers, parse(body))
      const at = new Date().toISOString()
      const todo = await changeOf(deps, connection, event)
      if (typeof todo === 'string') {
        await report(deps.db, connection.id, { at, event: event.name, outcome: 'ignored', reason: todo })
        return { status: 202, json: { outcome: 'ignored', reason: todo } }
      }
      const { branch } = todo
      const delivery = { connectionId: connection.id, key, at, requestId, event: event.name, change: todo }
      // In one transaction: whoever carries it out reports its end after this.
      const isNew = await deps.db.transaction(async tx => {
        if (!(await keepDelivery(tx, delivery))) return false
        await report(tx, connection.id, { at, event: event.name, outcome: 'accepted', branch })
        return true
      })
      // Also for one that was there: whoever looked for it meanwhile has passed it over, since it was locked here.
      carryingOut.wake()
      return { status: 202, json: { outcome: isNew ? 'accepted' : 'repeated', branch } }
    },
  )
}

/** What is to be done about an event here, or why nothing is. */
async function changeOf(
  deps: PlatformDeps,
  connection: Connection,
  { change, repository, defaultBranch }: GitEvent,
): Promise<BranchChange | string> {
  if (typeof change === 'string') return change
  const { repository: own } = connection
  if (own !== null && own.toLowerCase() !== repository?.toLowerCase()) return 'it is about another repository'
  if (isFollowed(connection, change.branch, defaultBranch)) return change
  // The settings may have changed since its environment was made.
  const isOurs =
    change.kind === 'remove' && (await environmentOfBranch(deps, connection, change.branch)) !== undefined
  return isOurs ? change : 'the branch is not followed'
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Problem(httpProblems['bad-json'], 'The body is not valid JSON.')
  }
}
