import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf } from '../change.ts'
import { placedOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import { applyPromotion, listPromotions, proposePromotion, undoPromotion } from './promotions.ts'

const closed = { additionalProperties: false } as const
const orNull = Type.Union([Type.String(), Type.Null()])
const base = '/platform/projects/:project/environments/:environment/promotions'

const Step = Type.Object({ sentence: Type.String(), isDestructive: Type.Boolean() })
const Changed = { before: Type.Optional(Type.Unknown()), after: Type.Optional(Type.Unknown()) }

const ShownPromotion = Type.Object({
  id: Type.String(),
  source: Type.String(),
  state: Type.Enum(['proposed', 'applied', 'undone']),
  plan: Type.Object({
    steps: Type.Array(Step, {
      description: 'Collections and policies, in order; the trash keeps what is lost.',
    }),
    versions: Type.Record(Type.String(), Type.Integer()),
    settings: Type.Array(Type.Object({ at: Type.String(), ...Changed }), {
      description: 'Settings of accounts, by JSON pointer.',
    }),
    settingsVersion: Type.Integer(),
    variables: Type.Array(Type.Object({ name: Type.String(), ...Changed })),
    missingSecrets: Type.Array(Type.String(), {
      description: 'Names of secrets that only the source has. Set them in the target yourself.',
    }),
  }),
  rehearsal: Type.Object({
    steps: Type.Array(
      Type.Object({
        sentence: Type.String(),
        locks: Type.Array(Type.Object({ collection: Type.String(), mode: Type.String() })),
        isRewrite: Type.Boolean(),
        rows: Type.Integer(),
        ms: Type.Number(),
      }),
      { description: 'What each step did to a copy of the target.' },
    ),
    failure: Type.Optional(Type.Unknown({ description: 'The problem that would stop it.' })),
  }),
  proposedBy: Type.String(),
  proposedAt: Type.String(),
  appliedBy: orNull,
  appliedAt: orNull,
  undoneBy: orNull,
  undoneAt: orNull,
})

export function promotionRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      `GET ${base}`,
      {
        summary: 'List promotions to an environment, the newest first',
        access: 'operator',
        permission: 'environments.read',
        scope: 'platform',
        reply: Type.Object({ promotions: Type.Array(ShownPromotion) }),
      },
      async ({ params }) => ({
        json: { promotions: await listPromotions(deps.db, placedOf(deps, params).environment.id) },
      }),
    ),

    route(
      `POST ${base}`,
      {
        summary: 'Propose to bring the structure of another environment here',
        description:
          'Compares collections, policies, settings of accounts and configuration, and tries the steps on a copy. Nothing is changed. Documents and secrets do not travel.',
        access: 'operator',
        permission: 'environments.change',
        scope: 'platform',
        body: Type.Object(
          { from: Type.String({ description: 'An environment of the same project.' }) },
          closed,
        ),
        reply: ShownPromotion,
        problems: [platformProblems['not-found'], platformProblems['nothing-to-promote']],
      },
      async request => {
        const { project } = request.params
        const { from } = request.body
        const target = placedOf(deps, request.params)
        const source = deps.directory().placed(project, from)
        const spot = { ...target, environmentId: source?.environment.id }
        const maySee =
          source?.state === 'ready' &&
          (['environments.read', 'collections.read', 'accounts.read'] as const).every(permission =>
            deps.operators.may(request.caller, permission, spot, placeName(project, from)),
          )
        if (!maySee || source === undefined)
          throw new Problem(platformProblems['not-found'], `There is no environment ${project}/${from} here.`)
        const json = await proposePromotion(deps, source.environment, target, byOf(request))
        return { status: 201, json }
      },
    ),

    route(
      `POST ${base}/:id/apply`,
      {
        summary: 'Apply a proposed promotion',
        description:
          'Exactly what was proposed, all of it or nothing. Refused when the target has changed since.',
        access: 'operator',
        permission: 'environments.promote',
        scope: 'platform',
        reply: ShownPromotion,
        problems: [platformProblems['not-found'], platformProblems['promotion-outdated']],
      },
      async request => ({
        json: await applyPromotion(deps, placedOf(deps, request.params), request.params.id, byOf(request)),
      }),
    ),

    route(
      `POST ${base}/:id/undo`,
      {
        summary: 'Undo a promotion, with the data it threw away',
        description:
          'Documents written since keep what they have. Refused when the same things have changed since.',
        access: 'operator',
        permission: 'environments.promote',
        scope: 'platform',
        reply: ShownPromotion,
        problems: [platformProblems['not-found'], platformProblems['promotion-outdated']],
      },
      async request => ({
        json: await undoPromotion(deps, placedOf(deps, request.params), request.params.id, byOf(request)),
      }),
    ),
  ]
}
