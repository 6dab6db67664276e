import { defineProblems } from './problem.ts'

/** Problems every endpoint can answer, whatever its feature. */
export const httpProblems = defineProblems('http', {
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'tls-needed': {
    status: 403,
    title: 'This address takes nothing unencrypted',
    hint: 'Use https, and replace the keys and passwords that were sent.',
  },
  'module-not-started': { status: 404, title: 'This server runs without what answers here' },
  'bad-request': { status: 400, title: 'This is not HTTP as it should be' },
  'slow-request': { status: 408, title: 'The request took too long to arrive' },
  'headers-too-large': { status: 431, title: 'The headers are larger than this server takes' },
  'bad-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-request': { status: 422, title: 'The request does not have the expected shape' },
  'body-too-large': { status: 413, title: 'The body is larger than this server takes' },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has a type this address does not take',
    hint: 'Send content-type: application/json.',
  },
  timeout: { status: 503, title: 'The database did not answer in time' },
  unavailable: { status: 503, title: 'The server cannot answer right now', hint: 'Try again in a moment.' },
  'disk-full': {
    status: 507,
    title: 'The disk of the database is full',
    hint: 'Free some space: writes work again by themselves. Reads go on.',
  },
  'read-only': {
    status: 503,
    title: 'The database takes no writes right now',
    hint: 'Its disk is nearly full, or it is a standby. Free some space: writes work again by themselves. Reads go on.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    hint: 'Look for the request id in the server log.',
  },
})

/** Names of the headers CloudBox reads and writes, all lower case. */
export const headers = {
  /** Publishable or secret key of the environment. */
  apiKey: 'apikey',
  /** Names the request in answers and in the log. */
  requestId: 'x-request-id',
  /** Opaque cursor of the next page of a list; absent on the last page. */
  nextCursor: 'x-cloudbox-next-cursor',
  /** In dev environments: how many rows a policy hid, and which clause of it. */
  policy: 'x-cloudbox-policy',
  /** In dev environments: why a list was slow, and the command that makes the index it needs. */
  advice: 'x-cloudbox-advice',
  /** Opaque token of a commit; realtime tells when a subscription has passed it (read your writes). */
  commit: 'x-cloudbox-commit',
  /** On a writing request: names it, so that its repetition writes nothing again. */
  idempotencyKey: 'idempotency-key',
  /** `true` on an answer that was stored for the first request with the same key. */
  idempotencyReplayed: 'idempotency-replayed',
} as const
