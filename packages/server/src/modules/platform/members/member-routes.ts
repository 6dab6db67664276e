import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Member, MemberPlace } from '@cloudbox/protocol/platform-replies'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange } from '../change.ts'
import { organisationOf, type PlatformDeps } from '../deps.ts'
import type { Organisation } from '../directory/directory.ts'
import { pageLimit, readPageLimit } from '../page-limit.ts'
import { checkGrant } from './grants.ts'
import {
  changeMember,
  checkRole,
  findMember,
  namedPlaces,
  removeMember,
  transferOwnership,
} from './members.ts'

const closed = { additionalProperties: false } as const
const orNull = Type.Union([Type.String(), Type.Null()])

const base = '/platform/organisations/:organisation'

export function memberRoutes(deps: PlatformDeps): Route[] {
  /** Members with what their accounts say; an account that is gone shows no address. */
  const list = async ({ id }: Organisation) => {
    const directory = deps.directory()
    const members = directory.membersOf(id)
    const accounts = await deps.accounts.byId(members.map(({ userId }) => userId))
    const known = new Map(accounts.map(account => [account.id, account]))
    return members
      .map(member => {
        const { email = '', name = null, lastSignInAt = null } = known.get(member.userId) ?? {}
        const { userId, role, joinedAt } = member
        return {
          id: userId,
          email,
          name,
          role,
          places: namedPlaces(directory, member),
          joinedAt,
          lastSignInAt,
        }
      })
      .toSorted((a, b) => (a.email < b.email ? -1 : a.email > b.email ? 1 : a.id < b.id ? -1 : 1))
  }
  const emailOf = async (userId: string) => (await deps.accounts.byId([userId]))[0]?.email ?? userId

  return [
    route(
      `GET ${base}/members`,
      {
        summary: 'List and search the members of an organisation',
        access: 'operator',
        permission: 'organisation.read',
        scope: 'platform',
        query: Type.Object(
          {
            search: Type.Optional(Type.String({ maxLength: 100 })),
            limit: pageLimit(100),
            after: Type.Optional(Type.String({ description: '`next` of the page before.' })),
          },
          closed,
        ),
        reply: Type.Object({ members: Type.Array(Member), next: orNull }),
      },
      async ({ params, query: { search = '', limit: asked, after } }) => {
        const limit = readPageLimit(asked, 100)
        const all = await list(organisationOf(deps, params))
        const words = search.toLowerCase()
        const found = all.filter(({ email, name, role }) =>
          `${email} ${name ?? ''} ${role}`.toLowerCase().includes(words),
        )
        const start = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1
        const members = found.slice(start, start + limit)
        const next = found.length > start + limit ? members.at(-1)!.id : null
        return { json: { members, next } }
      },
    ),

    route(
      `PATCH ${base}/members/:member`,
      {
        summary: 'Give a member another role, here or in some places',
        description: 'Nobody gives more than he has himself.',
        access: 'operator',
        permission: 'members.change',
        scope: 'platform',
        body: Type.Object(
          {
            role: Type.Optional(Type.String()),
            places: Type.Optional(Type.Array(MemberPlace, { maxItems: 200 })),
          },
          closed,
        ),
        problems: [platformProblems['last-owner'], platformProblems['not-found']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const directory = deps.directory()
        const before = findMember(directory, organisation, request.params.member)
        const { role, places = [] } = request.body
        const wanted = [role, ...places.map(place => place.role)].filter(name => name !== undefined)
        for (const name of wanted) checkRole(directory, organisation, name)
        for (const name of [before.role, ...wanted])
          checkGrant(
            directory,
            request.caller,
            organisation.id,
            directory.statementsOf(organisation.id, name),
          )
        const email = await emailOf(before.userId)
        await makeChange(deps, organisation, byOf(request), tx =>
          changeMember(tx, directory, organisation, { userId: before.userId, before, email }, request.body),
        )
        return { status: 204 }
      },
    ),

    route(
      `DELETE ${base}/members/:member`,
      {
        summary: 'Remove a member',
        description: 'Removing him again changes nothing.',
        access: 'operator',
        permission: 'members.change',
        scope: 'platform',
        problems: [platformProblems['last-owner']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const directory = deps.directory()
        const { member: userId } = request.params
        const member = directory
          .membershipsOf(userId)
          .find(({ organisationId }) => organisationId === organisation.id)
        if (member === undefined) return { status: 204 }
        checkGrant(
          directory,
          request.caller,
          organisation.id,
          directory.statementsOf(organisation.id, member.role),
        )
        const email = await emailOf(userId)
        await makeChange(deps, organisation, byOf(request), tx =>
          removeMember(tx, organisation, { userId, email }),
        )
        return { status: 204 }
      },
    ),

    route(
      `POST ${base}/leave`,
      {
        summary: 'Leave an organisation',
        access: 'operator',
        permission: 'organisation.read',
        scope: 'platform',
        problems: [platformProblems['last-owner']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const { uid: userId, email } = request.caller
        await makeChange(deps, organisation, byOf(request), tx =>
          removeMember(tx, organisation, { userId, email, action: 'member.left' }),
        )
        return { status: 204 }
      },
    ),

    route(
      `POST ${base}/transfer`,
      {
        summary: 'Make another member the owner in your place',
        description: 'You become an admin.',
        access: 'operator',
        permission: 'organisation.delete',
        scope: 'platform',
        body: Type.Object({ member: Type.String() }, closed),
        problems: [platformProblems['not-found']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const { userId } = findMember(deps.directory(), organisation, request.body.member)
        const { uid, email } = request.caller
        if (userId === uid) throw new Problem(platformProblems['not-found'], 'You are the owner already.')
        const to = { userId, email: await emailOf(userId) }
        await makeChange(deps, organisation, byOf(request), tx =>
          transferOwnership(tx, organisation, { userId: uid, email }, to),
        )
        return { status: 204 }
      },
    ),
  ]
}
