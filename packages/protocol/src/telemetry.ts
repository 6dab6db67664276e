/**
 * Log drains: the lines of an environment's log, sent to a place of yours. For the secret key and for operators, below
 * `/{project}/{environment}/v1/telemetry`:
 *
 * - `GET drains`: {@link DrainsReply}, with `monitoring.read`
 * - `POST drains` with a {@link WantedDrain}: {@link MadeDrain}, with `drains.change`, as all that follow
 * - `PATCH drains/{id}` with a {@link DrainChange}: {@link Drain}
 * - `DELETE drains/{id}`
 * - `POST drains/{id}/test`: sends a line now
 *
 * A line is an object with `time` (ISO 8601), `level`, `event` and the fields of the event; of a request (`event` is `request`)
 * `operation`, `caller`, `status`, `code`, `ms`, `databaseMs`, `statements`, `rows`, `bytesIn`, `bytesOut`, `requestId`.
 */
import { Type, type Static } from 'typebox'
import { defineProblems } from './problem.ts'

export const telemetryProblems = defineProblems('telemetry', {
  'unknown-drain': { status: 404, title: 'There is no such drain' },
  'no-address': { status: 422, title: 'A drain cannot lead there' },
  'too-many-drains': { status: 409, title: 'An environment has five drains at the most' },
  // No 5xx: it is no fault of this server, and must not count as one.
  'not-delivered': {
    status: 424,
    title: 'The line did not arrive',
    hint: 'Environments that are not for development reach public addresses by https only.',
  },
})

const closed = { additionalProperties: false } as const

/** Requests that get a line: `failed` those with 5xx, `refused` also those with 4xx. */
export const drainedRequests = ['failed', 'refused', 'all'] as const

const common = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  requests: Type.Enum([...drainedRequests], {
    default: 'all',
    description: 'Requests that get a line: `failed` those with 5xx, `refused` also those with 4xx.',
  }),
}

/**
 * A webhook gets `{ environment, lines }` as JSON, signed by `x-cloudbox-signature: t=<seconds>,v1=<hex>` (HMAC-SHA256 of
 * `<t>.<body>` with the drain's secret).
 */
const WantedWebhook = Type.Object(
  {
    kind: Type.Literal('webhook'),
    ...common,
    url: Type.String({ maxLength: 2048, pattern: '^https?://', description: 'Write-only but for its host.' }),
  },
  closed,
)

/** A bucket gets files of gzipped JSON lines, `<prefix>/2026/11/30/14-05-09-<random>.jsonl.gz`. */
const WantedBucket = Type.Object(
  {
    kind: Type.Literal('s3'),
    ...common,
    endpoint: Type.String({
      maxLength: 2048,
      pattern: '^https?://[^/]+/?$',
      description: 'Of S3 or what speaks like it, e.g. https://s3.eu-central-1.amazonaws.com.',
    }),
    region: Type.String({ minLength: 1, maxLength: 100, default: 'us-east-1' }),
    bucket: Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\w.-]+$' }),
    prefix: Type.String({ maxLength: 500, default: '', pattern: '^[\\w./-]*$' }),
    accessKeyId: Type.String({ minLength: 1, maxLength: 200 }),
    secretAccessKey: Type.String({ minLength: 1, maxLength: 500, description: 'Write-only.' }),
  },
  closed,
)

export const WantedDrain = Type.Union([WantedWebhook, WantedBucket])
export type WantedDrain = Static<typeof WantedDrain>

export const DrainChange = Type.Partial(Type.Object(common, closed))

/** How a drain does since the server started, in all processes. */
export const DrainState = Type.Object({
  /** Lines that arrived, that wait, that never will: dropped because too many waited or were refused for too long. */
  delivered: Type.Integer(),
  waiting: Type.Integer(),
  lost: Type.Integer(),
  /** ms since 1970. */
  deliveredAt: Type.Union([Type.Number(), Type.Null()]),
  failure: Type.Union([Type.Object({ at: Type.Number(), why: Type.String() }), Type.Null()]),
})
export type DrainState = Static<typeof DrainState>

export const Drain = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: Type.Enum(['webhook', 's3']),
  requests: Type.Enum([...drainedRequests]),
  /** Where it leads, without secrets: `https://logs.example.com/…`, `s3.example.com/bucket/prefix`. */
  target: Type.String(),
  createdAt: Type.String(),
  state: DrainState,
})
export type Drain = Static<typeof Drain>

export const DrainsReply = Type.Object({ drains: Type.Array(Drain) })
export type DrainsReply = Static<typeof DrainsReply>

/** A new drain; `secret` signs what a webhook gets and is shown this once. */
export const MadeDrain = Type.Intersect([Drain, Type.Object({ secret: Type.Optional(Type.String()) })])
export type MadeDrain = Static<typeof MadeDrain>
