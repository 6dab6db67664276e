import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Snapshot } from '@cloudbox/protocol/platform-replies'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { sql } from '../../../kernel/sql.ts'
import { byCaller } from '../audit/author.ts'
import { makeChange } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import { restoreSnapshot } from './restore-snapshot.ts'
import { saveSnapshot } from './save-snapshot.ts'
import { dropStoredSnapshots, findSnapshot, listSnapshots, showSnapshot } from './stored.ts'

const closed = { additionalProperties: false } as const

/** What an environment was once: kept, listed, brought back. Below the address of the environment. */
export function snapshotRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      'GET /platform/snapshots',
      {
        summary: 'List the snapshots of this environment, the latest first',
        access: 'secret',
        permission: 'environments.read',
        reply: Type.Object({ snapshots: Type.Array(Snapshot) }),
      },
      async ({ environment }) => ({
        json: { snapshots: (await listSnapshots(deps.db, environment.id)).map(showSnapshot) },
      }),
    ),

    route(
      'POST /platform/snapshots',
      {
        summary: 'Keep what is in this environment',
        description:
          'All documents, the structure and its policies, users with all that lets them in, settings of accounts: as of one moment. Sessions, signing keys, keys of the environment and its configuration are no part of it; `leftOut` names what SQL of migrations has made beside the collections, which is none either.',
        access: 'secret',
        permission: 'environments.change',
        body: Type.Object({ name: Type.String() }, closed),
        reply: Snapshot,
        problems: [platformProblems['name-taken'], platformProblems['invalid-name']],
      },
      async request => {
        const { environment, body } = request
        const saved = await saveSnapshot(deps, environment, body.name, byCaller(request))
        return { status: 201, json: showSnapshot(saved) }
      },
    ),

    route(
      'POST /platform/snapshots/:name/restore',
      {
        summary: 'Make this environment what it was when the snapshot was taken',
        description:
          'All of it or nothing. Everybody is signed out, live queries begin anew. What is there now becomes the snapshot `before-restore`, which is answered. `confirm` is the name of the environment.',
        access: 'secret',
        permission: 'environments.change',
        body: Type.Object({ confirm: Type.Optional(Type.String()) }, closed),
        reply: Snapshot,
        problems: [
          platformProblems['not-found'],
          platformProblems['confirmation-needed'],
          platformProblems.busy,
          schemaProblems['change-under-way'],
        ],
      },
      async request => {
        const { environment, params, body } = request
        if (body.confirm !== environment.name)
          throw new Problem(
            platformProblems['confirmation-needed'],
            `This replaces everything in ${environment.project}/${environment.name}.`,
            { hint: `Send { "confirm": "${environment.name}" }.` },
          )
        return {
          json: showSnapshot(await restoreSnapshot(deps, environment, params.name, byCaller(request))),
        }
      },
    ),

    route(
      'DELETE /platform/snapshots/:name',
      {
        summary: 'Remove a snapshot for good',
        access: 'secret',
        permission: 'environments.change',
        problems: [platformProblems['not-found']],
      },
      async request => {
        const { environment, params } = request
        const { id, name } = await findSnapshot(deps.db, environment, params.name)
        const owner = ownerOf(deps, deps.directory().placedById(environment.id)!)
        await makeChange(deps, owner, byCaller(request), async tx => {
          await dropStoredSnapshots(tx, sql`id = ${id}`)
          const place = placeName(environment.project, environment.name)
          return { answer: null, entries: [{ action: 'snapshot.removed', place, subject: name }] }
        })
        return { status: 204 }
      },
    ),
  ]
}
