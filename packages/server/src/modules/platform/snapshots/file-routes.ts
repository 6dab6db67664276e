import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Permission } from '@cloudbox/protocol/permissions'
import { Snapshot } from '@cloudbox/protocol/platform-replies'
import {
  snapshotValues,
  UploadBody,
  UploadEndBody,
  UploadReply,
  UploadRowsBody,
} from '@cloudbox/protocol/snapshot-file'
import type { Caller } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byCaller } from '../audit/author.ts'
import { makeChange } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import { shareSnapshot } from './share-snapshot.ts'
import { findSnapshot, showSnapshot } from './stored.ts'
import { beginUpload, dropUpload, endUpload, uploadRows } from './upload-snapshot.ts'

const closed = { additionalProperties: false } as const
const uploads = '/platform/snapshots/uploads'

/** Snapshots as files, out and in. Below the address of the environment. */
export function snapshotFileRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      'GET /platform/snapshots/:name/file',
      {
        summary: 'A snapshot as JSON lines, for another environment',
        description:
          'Structure, documents, users, settings of accounts; never secrets, keys, sessions, second factors or identities. Personal values are made up unless `values=as-they-are`; hashes of passwords come only with `passwords=true` beside it. The last line tells how many rows there are and the SHA-256 of all lines before: without it the answer was cut. Needs the permissions to read collections, documents, users and settings of accounts, too, and for passwords to change users.',
        access: 'secret',
        permission: 'environments.change',
        query: Type.Object(
          {
            values: Type.Optional(Type.Enum([...snapshotValues])),
            passwords: Type.Optional(Type.Enum(['true', 'false'])),
          },
          closed,
        ),
        problems: [platformProblems['not-found'], platformProblems['not-allowed']],
      },
      async request => {
        const { environment, params, query, caller } = request
        const values = query.values ?? 'made-up'
        const passwords = query.passwords === 'true'
        if (passwords && values === 'made-up')
          throw new Problem(
            platformProblems['confirmation-needed'],
            'Passwords belong to people, and those would be made up.',
            { hint: 'Ask with values=as-they-are, or without passwords.' },
          )
        mayMove(caller, ['collections.read', 'documents.read', 'users.read', 'accounts.read'])
        if (passwords) mayMove(caller, ['users.change'])
        const snapshot = await findSnapshot(deps.db, environment, params.name)
        const owner = ownerOf(deps, deps.directory().placedById(environment.id)!)
        const lines = await shareSnapshot(deps, environment, snapshot, { values, passwords })
        await makeChange(deps, owner, byCaller(request), async () => {
          const place = placeName(environment.project, environment.name)
          const after = { values, passwords }
          return {
            answer: null,
            entries: [{ action: 'snapshot.shared', place, subject: snapshot.name, after }],
          }
        })
        return { headers: { 'content-type': 'application/x-ndjson' }, stream: lines }
      },
    ),

    route(
      `POST ${uploads}`,
      {
        summary: 'Begin to bring in a snapshot from a file',
        description:
          'Takes the first line of the file. Rows follow with `…/:upload/rows`, then `…/:upload/end` makes a snapshot of them, which can be restored; until then there is none, and `DELETE` gives it up. So does a quarter of an hour without rows. Needs the permissions to change collections, documents, users and settings of accounts, too.',
        access: 'secret',
        permission: 'environments.change',
        body: UploadBody,
        reply: UploadReply,
        problems: [
          platformProblems['invalid-snapshot'],
          platformProblems['snapshot-too-new'],
          platformProblems['name-taken'],
          platformProblems['invalid-name'],
          platformProblems['not-allowed'],
        ],
      },
      async ({ environment, body: { head, name = head.name }, caller }) => {
        mayMove(caller, ['collections.change', 'documents.write', 'users.change', 'accounts.change'])
        return { status: 201, json: { upload: await beginUpload(deps, environment, { name, head }), name } }
      },
    ),

    route(
      `POST ${uploads}/:upload/rows`,
      {
        summary: 'Bring in rows of a table of a snapshot',
        description: 'In the order of the file.',
        access: 'secret',
        permission: 'environments.change',
        body: UploadRowsBody,
        problems: [platformProblems['invalid-snapshot'], platformProblems['not-found']],
      },
      async ({ environment, params, body, caller }) => {
        mayMove(caller, ['collections.change', 'documents.write', 'users.change', 'accounts.change'])
        await uploadRows(deps, environment, params.upload, body)
        return { status: 204 }
      },
    ),

    route(
      `POST ${uploads}/:upload/end`,
      {
        summary: 'Make a snapshot of what was brought in',
        description: 'When as many rows of each table have come as are told; else the upload is gone.',
        access: 'secret',
        permission: 'environments.change',
        body: UploadEndBody,
        reply: Snapshot,
        problems: [platformProblems['invalid-snapshot'], platformProblems['not-found']],
      },
      async request => {
        const { environment, params, body, caller } = request
        mayMove(caller, ['collections.change', 'documents.write', 'users.change', 'accounts.change'])
        const by = byCaller(request)
        const made = await endUpload(deps, environment, { uploadId: params.upload, rows: body.rows, by })
        return { status: 201, json: showSnapshot(made) }
      },
    ),

    route(
      `DELETE ${uploads}/:upload`,
      {
        summary: 'Give up bringing in a snapshot',
        access: 'secret',
        permission: 'environments.change',
      },
      async ({ environment, params }) => {
        await dropUpload(deps, environment, params.upload)
        return { status: 204 }
      },
    ),
  ]
}

/**
 * A file holds what other endpoints guard by permissions of their own: whoever may not do that may not do it here. Keys for
 * some collections never come this far: they cannot have `environments.change`.
 * @throws Problem `platform/not-allowed`
 */
function mayMove({ scope }: Caller, needed: readonly Permission[]): void {
  if (scope === undefined) return
  const lacking = needed.find(permission => !scope.may(permission))
  if (lacking !== undefined)
    throw new Problem(
      platformProblems['not-allowed'],
      `A file of a snapshot needs the permission ${lacking}, too.`,
    )
}
