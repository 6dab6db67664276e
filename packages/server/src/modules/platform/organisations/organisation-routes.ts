import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Organisation, OrganisationSettings } from '@cloudbox/protocol/platform-replies'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange, onceOf } from '../change.ts'
import { checkConfirmed } from '../check-confirmed.ts'
import { organisationOf, type PlatformDeps } from '../deps.ts'
import { installationOwner } from '../operators/operators.ts'
import {
  changeOrganisation,
  createOrganisation,
  organisationsOf,
  removeOrganisation,
  showOrganisation,
  type ShownOrganisation,
} from './organisations.ts'

const closed = { additionalProperties: false } as const

const title = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }))

export function organisationRoutes(deps: PlatformDeps, mayAnyoneCreate: boolean): Route[] {
  return [
    route(
      'GET /platform/organisations',
      {
        summary: 'List the organisations you belong to',
        access: 'operator',
        permission: 'signed-in',
        scope: 'platform',
        reply: Type.Object({ organisations: Type.Array(Organisation) }),
      },
      ({ caller }) => ({
        json: { organisations: organisationsOf(deps.directory(), caller).map(showOrganisation) },
      }),
    ),

    route(
      'POST /platform/organisations',
      {
        summary: 'Make an organisation',
        description: 'You become its owner. Unless the installation is open, only its owner may.',
        access: 'operator',
        permission: 'signed-in',
        scope: 'platform',
        body: Type.Object({ name: Type.String(), title }, closed),
        reply: Organisation,
        problems: [platformProblems['name-taken'], platformProblems['invalid-name']],
      },
      async request => {
        const { caller, body } = request
        const { roles } = caller.claims
        if (!mayAnyoneCreate && !(Array.isArray(roles) && roles.includes(installationOwner)))
          throw new Problem(
            platformProblems['not-allowed'],
            'Only the owner of this installation makes organisations.',
          )
        const { id: _id, ...made } = await makeChange(
          deps,
          ({ id }: ShownOrganisation) => ({ id, settings: {} }),
          byOf(request),
          tx => createOrganisation(tx, body, caller.uid),
          onceOf(request),
        )
        return { status: 201, json: made }
      },
    ),

    route(
      'GET /platform/organisations/:organisation',
      {
        summary: 'Get an organisation',
        access: 'operator',
        permission: 'organisation.read',
        scope: 'platform',
        reply: Organisation,
      },
      ({ params }) => ({ json: showOrganisation(organisationOf(deps, params)) }),
    ),

    route(
      'PATCH /platform/organisations/:organisation',
      {
        summary: 'Rename an organisation, change its settings',
        access: 'operator',
        permission: 'organisation.change',
        scope: 'platform',
        body: Type.Object(
          { name: Type.Optional(Type.String()), title, settings: Type.Optional(OrganisationSettings) },
          closed,
        ),
        reply: Organisation,
        problems: [platformProblems['name-taken'], platformProblems['invalid-name']],
      },
      async request => {
        const before = organisationOf(deps, request.params)
        const json = await makeChange(deps, before, byOf(request), tx =>
          changeOrganisation(tx, before, request.body),
        )
        return { json }
      },
    ),

    route(
      'DELETE /platform/organisations/:organisation',
      {
        summary: 'Remove an organisation',
        description: 'It must have no projects. Its audit stays.',
        access: 'operator',
        permission: 'organisation.delete',
        scope: 'platform',
        query: Type.Object({ confirm: Type.Optional(Type.String()) }, closed),
        problems: [platformProblems['not-empty'], platformProblems['confirmation-needed']],
      },
      async request => {
        const before = organisationOf(deps, request.params)
        checkConfirmed(request.query.confirm, before.name)
        await makeChange(deps, before, byOf(request), tx => removeOrganisation(tx, before))
        return { status: 204 }
      },
    ),
  ]
}
