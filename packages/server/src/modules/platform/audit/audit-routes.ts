import { Type } from 'typebox'
import { AuditVerdict, AuditedChange } from '@cloudbox/protocol/platform-replies'
import { route, type Route } from '../../../kernel/route.ts'
import { pageLimit, readPageLimit, wholeNumber } from '../page-limit.ts'
import { organisationOf, type PlatformDeps } from '../deps.ts'
import { exportEntries } from './export-entries.ts'
import { showEntry } from './show-entry.ts'
import { readEntries } from './read-entries.ts'
import { verifyAudit } from './verify.ts'

const closed = { additionalProperties: false } as const
const text = (description: string) => Type.Optional(Type.String({ maxLength: 200, description }))
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

const filter = {
  action: text('Such as `key.created`; `key.*` for all that happened to keys.'),
  actor: text('Id or address of an operator, id or name of a key.'),
  place: text('Such as `projects/shop`, with everything below it.'),
  search: text('Text in action, actor, place or subject.'),
  since: time('From this time on.'),
  until: time('Before this time.'),
}

const path = '/platform/organisations/:organisation/audit'

export function auditRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      `GET ${path}`,
      {
        summary: 'Read the audit of an organisation, the newest first',
        access: 'operator',
        permission: 'audit.read',
        scope: 'platform',
        query: Type.Object(
          {
            ...filter,
            limit: pageLimit(50),
            after: wholeNumber('`next` of the page before.'),
          },
          closed,
        ),
        reply: Type.Object({
          entries: Type.Array(AuditedChange),
          next: Type.Union([Type.Integer(), Type.Null()]),
        }),
      },
      async ({ params, query: { limit: asked, after, ...wanted } }) => {
        const { id } = organisationOf(deps, params)
        const limit = readPageLimit(asked, 50)
        const page = { limit: limit + 1, after: after === undefined ? undefined : Number(after) }
        const found = await readEntries(deps.db, id, wanted, page)
        const entries = found.slice(0, limit).map(showEntry)
        return { json: { entries, next: found.length > limit ? entries.at(-1)!.number : null } }
      },
    ),

    route(
      `GET ${path}/export`,
      {
        summary: 'Export the audit as JSON lines or CSV',
        access: 'operator',
        permission: 'audit.read',
        scope: 'platform',
        query: Type.Object({ ...filter, format: Type.Optional(Type.Enum(['json', 'csv'])) }, closed),
      },
      ({ params, query: { format = 'json', ...wanted } }) => ({
        headers: {
          'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
          'content-disposition': `attachment; filename="audit.${format === 'csv' ? 'csv' : 'ndjson'}"`,
        },
        stream: exportEntries(deps.db, organisationOf(deps, params).id, wanted, format),
      }),
    ),

    route(
      `GET ${path}/verify`,
      {
        summary: 'Check that the audit is whole',
        description:
          'Finds every entry that was changed, left out or moved. Keep `head` elsewhere and give it to the next check: then a chain that was cut short is found too.',
        access: 'operator',
        permission: 'audit.read',
        scope: 'platform',
        query: Type.Object(
          {
            number: wholeNumber('`head.number` of an earlier check.'),
            hash: Type.Optional(
              Type.String({ maxLength: 64, description: '`head.hash` of an earlier check.' }),
            ),
          },
          closed,
        ),
        reply: AuditVerdict,
      },
      async ({ params, query: { number, hash } }) => {
        const known =
          number === undefined || hash === undefined ? undefined : { number: Number(number), hash }
        return { json: await verifyAudit(deps.db, deps.vault, organisationOf(deps, params).id, known) }
      },
    ),
  ]
}
