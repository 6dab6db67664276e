import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Key, KeyScope, MadeKey, RotatedKey } from '@cloudbox/protocol/platform-replies'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange, onceOf } from '../change.ts'
import { ownerOf, placedOf, type PlatformDeps } from '../deps.ts'
import { createKey, listKeys, revokeKey, rotateKey } from './keys.ts'

const closed = { additionalProperties: false } as const

const path = '/platform/projects/:project/environments/:environment/keys'

export function keyRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      `GET ${path}`,
      {
        summary: 'List the keys of an environment',
        description: 'Secret keys are known by their ending; their text is shown once, when they are made.',
        access: 'operator',
        permission: 'keys.read',
        scope: 'platform',
        reply: Type.Object({ keys: Type.Array(Key) }),
      },
      async ({ params }) => ({
        json: { keys: await listKeys(deps.db, placedOf(deps, params).environment.id) },
      }),
    ),

    route(
      `POST ${path}`,
      {
        summary: 'Make a key',
        description: 'The only time a secret key is shown. Every server knows it when this answers.',
        access: 'operator',
        permission: 'keys.change',
        scope: 'platform',
        body: Type.Object(
          {
            kind: Type.Enum(['publishable', 'secret']),
            name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
            scope: Type.Optional(Type.Union([KeyScope, Type.Null()])),
            expiresAt: Type.Optional(Type.Union([Type.String({ format: 'date-time' }), Type.Null()])),
          },
          closed,
        ),
        reply: MadeKey,
        problems: [platformProblems['invalid-scope']],
      },
      async request => {
        const placed = placedOf(deps, request.params)
        const json = await makeChange(
          deps,
          ownerOf(deps, placed),
          byOf(request),
          tx => createKey(tx, placed.environment, { ...request.body, by: request.caller.email }),
          onceOf(request),
        )
        return { status: 201, json }
      },
    ),

    route(
      `POST ${path}/:key/rotate`,
      {
        summary: 'Replace a key',
        description: 'Makes one like it; the old one still works for a while.',
        access: 'operator',
        permission: 'keys.change',
        scope: 'platform',
        body: Type.Object(
          {
            overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 31_536_000, default: 86_400 })),
          },
          closed,
        ),
        reply: RotatedKey,
      },
      async request => {
        const placed = placedOf(deps, request.params)
        const { overlapSeconds = 86_400 } = request.body
        const json = await makeChange(
          deps,
          ownerOf(deps, placed),
          byOf(request),
          tx => rotateKey(tx, placed.environment, request.params.key, overlapSeconds, request.caller.email),
          onceOf(request),
        )
        return { status: 201, json }
      },
    ),

    route(
      `DELETE ${path}/:key`,
      {
        summary: 'Revoke a key at once',
        description: 'Every server refuses it when this answers. Revoking it again changes nothing.',
        access: 'operator',
        permission: 'keys.change',
        scope: 'platform',
      },
      async request => {
        const placed = deps.directory().placed(request.params.project, request.params.environment)
        if (placed !== undefined)
          await makeChange(deps, ownerOf(deps, placed), byOf(request), tx =>
            revokeKey(tx, placed.environment, request.params.key),
          )
        return { status: 204 }
      },
    ),
  ]
}
