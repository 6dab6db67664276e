import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Invitation } from '@cloudbox/protocol/platform-replies'
import type { Operator } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange, onceOf } from '../change.ts'
import { organisationOf, type PlatformDeps } from '../deps.ts'
import { checkGrant } from './grants.ts'
import {
  invite,
  inviteSeconds,
  listInvitations,
  openInvitation,
  revokeInvitation,
  takeInvitation,
} from './invitations.ts'
import { addMember, checkRole } from './members.ts'

const closed = { additionalProperties: false } as const
const base = '/platform/organisations/:organisation/invitations'

const token = Type.String({ minLength: 1, maxLength: 200 })

export function invitationRoutes(deps: PlatformDeps): Route[] {
  const send = async (
    tx: Tx,
    { origin, headers }: { origin: string; headers: Readonly<Record<string, unknown>> },
    { organisation, email, role, caller }: Sending,
  ) => {
    const made = await invite(tx, organisation, { email, role, by: caller.uid })
    const languages = headers['accept-language']
    await deps.accounts.invite(tx, {
      to: email,
      link: `${deps.publicUrl ?? origin}/v1/platform/join#${made.token}`,
      expiresInSeconds: inviteSeconds,
      languages: typeof languages === 'string' ? languages : undefined,
    })
    return made
  }

  return [
    route(
      `GET ${base}`,
      {
        summary: 'List invitations that nobody has accepted yet',
        access: 'operator',
        permission: 'organisation.read',
        scope: 'platform',
        reply: Type.Object({ invitations: Type.Array(Invitation) }),
      },
      async ({ params }) => ({
        json: { invitations: await listInvitations(deps.db, organisationOf(deps, params)) },
      }),
    ),

    route(
      `POST ${base}`,
      {
        summary: 'Invite somebody by mail',
        description:
          'Only the address that was invited can accept, within seven days. Inviting it again sends a new link.',
        access: 'operator',
        permission: 'members.change',
        scope: 'platform',
        body: Type.Object(
          { email: Type.String({ format: 'email', maxLength: 254 }), role: Type.String() },
          closed,
        ),
        reply: Invitation,
        problems: [platformProblems['not-found'], platformProblems['name-taken']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const directory = deps.directory()
        const { role } = request.body
        const email = request.body.email.trim().normalize('NFC').toLowerCase()
        checkRole(directory, organisation, role)
        checkGrant(directory, request.caller, organisation.id, directory.statementsOf(organisation.id, role))
        const account = await deps.accounts.byEmail(email)
        if (
          account &&
          directory.membershipsOf(account.id).some(one => one.organisationId === organisation.id)
        )
          throw new Problem(platformProblems['name-taken'], `${email} is a member already.`)
        const json = await makeChange(
          deps,
          organisation,
          byOf(request),
          tx => send(tx, request, { organisation, email, role, caller: request.caller }),
          onceOf(request),
        )
        return { status: 201, json }
      },
    ),

    route(
      `POST ${base}/:id/resend`,
      {
        summary: 'Send an invitation again',
        description: 'With a new link; the old one is of no use any more.',
        access: 'operator',
        permission: 'members.change',
        scope: 'platform',
        reply: Invitation,
        problems: [platformProblems['not-found']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const known = (await listInvitations(deps.db, organisation)).find(
          ({ id }) => id === request.params.id,
        )
        if (known === undefined)
          throw new Problem(platformProblems['not-found'], `There is no invitation ${request.params.id}.`)
        const directory = deps.directory()
        const statements = directory.statementsOf(organisation.id, known.role)
        checkGrant(directory, request.caller, organisation.id, statements)
        const json = await makeChange(deps, organisation, byOf(request), tx =>
          send(tx, request, { organisation, ...known, caller: request.caller }),
        )
        return { json }
      },
    ),

    route(
      `DELETE ${base}/:id`,
      {
        summary: 'Take an invitation back',
        description: 'Taking it back again changes nothing.',
        access: 'operator',
        permission: 'members.change',
        scope: 'platform',
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        await makeChange(deps, organisation, byOf(request), tx =>
          revokeInvitation(tx, organisation, request.params.id),
        )
        return { status: 204 }
      },
    ),

    route(
      'POST /platform/invitations/look',
      {
        summary: 'What an invitation is for',
        access: 'anyone',
        scope: 'platform',
        body: Type.Object({ token }, closed),
        reply: Type.Object({
          organisation: Type.String(),
          email: Type.String(),
          role: Type.String(),
          hasAccount: Type.Boolean({ description: 'Sign in to accept; else choose a password.' }),
        }),
        problems: [platformProblems['link-invalid']],
      },
      async ({ body }) => {
        const { email, role, organisationId } = await openInvitation(deps.db, body.token)
        const hasAccount = (await deps.accounts.byEmail(email)) !== undefined
        const organisation = deps.directory().organisationById(organisationId)!.title
        return { json: { organisation, email, role, hasAccount } }
      },
    ),

    route(
      'POST /platform/invitations/accept',
      {
        summary: 'Accept an invitation',
        description:
          'Who has an account sends its token as `Authorization: Bearer …`; who has none chooses a password, and signs in then.',
        access: 'anyone',
        scope: 'platform',
        body: Type.Object(
          {
            token,
            password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
            name: Type.Optional(Type.String({ maxLength: 100 })),
          },
          closed,
        ),
        problems: [
          platformProblems['link-invalid'],
          platformProblems['wrong-address'],
          platformProblems['operator-needed'],
          platformProblems['quota-reached'],
        ],
      },
      async request => {
        const { body, headers, id: requestId, ip } = request
        const { id, email, role, organisationId } = await openInvitation(deps.db, body.token)
        const organisation = deps.directory().organisationById(organisationId)!
        const account = await deps.accounts.byEmail(email)
        let userId = account?.id
        if (userId === undefined) {
          if (body.password === undefined)
            throw new Problem(platformProblems['operator-needed'], 'Choose a password for the new account.')
          // The link came by mail, so the address is proven.
          userId = await deps.accounts.create({ email, password: body.password, name: body.name }, request)
        } else {
          const { authorization } = headers
          const bearer =
            typeof authorization === 'string' && authorization.startsWith('Bearer ')
              ? authorization.slice(7)
              : undefined
          const operator = await deps.operators.read(bearer)
          if (operator.uid !== userId)
            throw new Problem(platformProblems['wrong-address'], `The invitation is for ${email}.`)
        }
        const joining = { userId, email, role }
        const by = { actor: { kind: 'operator', id: userId, name: email } as const, requestId, ip }
        await makeChange(deps, organisation, by, async tx => {
          await takeInvitation(tx, id)
          return addMember(tx, organisation, joining)
        })
        return { status: 204 }
      },
    ),
  ]
}

interface Sending {
  readonly organisation: ReturnType<typeof organisationOf>
  readonly email: string
  readonly role: string
  readonly caller: Operator
}
