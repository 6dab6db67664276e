import type { Prepared } from './deed.ts'
import { emptyHead } from './uploads.ts'

/** Routes that are written like those that change something, and change nothing that stays. */
export const changesNothing: readonly {
  readonly on: string
  readonly why: string
  readonly requests: readonly Prepared[]
}[] = [
  {
    on: 'POST /advisor/indexes/repair',
    why: 'it finishes an index that the structure has had all along',
    requests: [],
  },
  {
    on: 'POST /alerts/rules/back-test',
    why: 'it tells what a rule would have done',
    requests: [
      {
        path: '/alerts/rules/back-test',
        body: { condition: { kind: 'burn-rate', bad: 'failed', target: 0.999 } },
      },
    ],
  },
  {
    on: 'POST /auth/mail-templates/:kind/preview',
    why: 'it shows words that are kept nowhere',
    requests: [
      {
        path: '/auth/mail-templates/magic-link/preview',
        body: { subject: 'Come in', html: '<a href="{{ link }}">Come in</a>', text: '{{ link }}' },
      },
    ],
  },
  {
    on: 'POST /auth/providers/:id/test',
    why: 'it answers an address at which somebody may look at what a provider tells; nobody is signed in',
    requests: [{ path: '/auth/providers/discord/test' }],
  },
  {
    on: 'POST /platform/snapshots/uploads',
    why: 'it prepares a place that is no snapshot until its end, which is told',
    requests: [{ path: '/platform/snapshots/uploads', body: { head: emptyHead, name: 'begun' } }],
  },
  {
    on: 'POST /platform/snapshots/uploads/:upload/rows',
    why: 'it brings rows of a snapshot, which are not told one by one; its end is',
    requests: [],
  },
  {
    on: 'DELETE /platform/snapshots/uploads/:upload',
    why: 'it removes what never was a snapshot',
    requests: [{ path: '/platform/snapshots/uploads/nothing' }],
  },
  {
    on: 'POST /schema/changes/:change/batch',
    why: 'it brings values of documents, which are not told one by one; their change is',
    requests: [{ path: '/schema/changes/1/batch', body: { limit: 0 } }],
  },
  {
    on: 'POST /schema/plan',
    why: 'it shows what would be done, tried on a copy that is gone afterwards',
    requests: [
      { path: '/schema/plan', body: { collections: [] } },
      { path: '/schema/plan', body: { collections: [{ name: 'planned', fields: {} }], rehearse: true } },
    ],
  },
  {
    on: 'POST /schema/migrations/plan',
    why: 'it shows what would be done, tried on a copy that is gone afterwards',
    requests: [{ path: '/schema/migrations/plan', body: { migrations: [], rehearse: true } }],
  },
  {
    on: 'POST /telemetry/drains/:drain/test',
    why: 'it sends a line and keeps nothing',
    requests: [],
  },
]
