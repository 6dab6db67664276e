import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Promotion, Promotions } from '@cloudbox/protocol/platform-replies'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, onceOf } from '../change.ts'
import { placedOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import {
  applyPromotion,
  listPromotions,
  proposePromotion,
  showPromotion,
  undoPromotion,
} from './promotions.ts'

const closed = { additionalProperties: false } as const
const base = '/platform/projects/:project/environments/:environment/promotions'

export function promotionRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      `GET ${base}`,
      {
        summary: 'List promotions to an environment, the newest first',
        access: 'operator',
        permission: 'environments.read',
        scope: 'platform',
        query: Type.Object(
          {
            state: Type.Optional(
              Type.Enum(['proposed', 'applied', 'undone'], { description: 'Only these.' }),
            ),
          },
          closed,
        ),
        reply: Promotions,
      },
      async ({ params, query, caller }) => {
        const target = placedOf(deps, params)
        const { id: environmentId, name } = target.environment
        const place = placeName(params.project, name)
        return {
          json: {
            promotions: await listPromotions(deps.db, environmentId, query.state),
            mayApply: deps.operators.may(caller, 'environments.promote', { ...target, environmentId }, place),
          },
        }
      },
    ),

    route(
      `GET ${base}/:id`,
      {
        summary: 'Show a promotion',
        access: 'operator',
        permission: 'environments.read',
        scope: 'platform',
        reply: Promotion,
        problems: [platformProblems['not-found']],
      },
      async ({ params }) => ({ json: await showPromotion(deps.db, placedOf(deps, params), params.id) }),
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
        reply: Promotion,
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
        const json = await proposePromotion(deps, source.environment, target, byOf(request), onceOf(request))
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
        reply: Promotion,
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
        reply: Promotion,
        problems: [platformProblems['not-found'], platformProblems['promotion-outdated']],
      },
      async request => ({
        json: await undoPromotion(deps, placedOf(deps, request.params), request.params.id, byOf(request)),
      }),
    ),
  ]
}
