import { defineProblems } from './problem.ts'

/** Problems of organisations, projects, environments and keys. */
export const platformProblems = defineProblems('platform', {
  'unknown-environment': { status: 404, title: 'No such project or environment' },
  'key-missing': {
    status: 401,
    title: 'This address needs a key',
    hint: 'Send the publishable key of the environment in the header `apikey` (or ?apikey=… for a WebSocket).',
  },
  'key-invalid': { status: 401, title: 'The key does not belong to this environment' },
  'secret-key-needed': {
    status: 403,
    title: 'Only the secret key may do this',
    hint: 'Call it from a server with `Authorization: Bearer cb_secret_…`. Never ship the secret key in an app.',
  },
  'not-allowed': {
    status: 403,
    title: 'You may not do this here',
    hint: 'Ask an owner or admin of the organisation for a role, or a key, that has the permission.',
  },
  'operator-needed': {
    status: 401,
    title: 'Sign in as an operator first',
    hint: 'Sign in at /_platform/production and send the token as `Authorization: Bearer …`.',
  },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'signature-invalid': {
    status: 401,
    title: 'The delivery is not signed with the secret of this connection',
    hint: 'Give the host the secret that connecting answered, or make a new one with `newSecret`.',
  },
  'key-expired': {
    status: 401,
    title: 'The key has ended',
    hint: 'Make a new one, or rotate it before its end.',
  },
  'already-set-up': { status: 409, title: 'This installation has an owner already' },
  'link-invalid': {
    status: 400,
    title: 'The link is not good (any more)',
    hint: 'Ask for a new one. The link of the set-up is printed at each start until there is an owner.',
  },
  'wrong-address': {
    status: 403,
    title: 'The invitation is for somebody else',
    hint: 'Sign in with the address that was invited.',
  },
  'last-owner': {
    status: 409,
    title: 'An organisation needs an owner',
    hint: 'Make somebody else an owner first.',
  },
  'role-in-use': { status: 409, title: 'Members have this role', hint: 'Give them another one first.' },
  'invalid-role': { status: 422, title: 'That role cannot be defined so' },
  'not-empty': { status: 409, title: 'There is something in it' },
  'confirmation-needed': {
    status: 422,
    title: 'Say the name to confirm',
    hint: 'Send the name of what is to be removed as `confirm`.',
  },
  archived: { status: 409, title: 'It is archived', hint: 'Restore it first.' },
  busy: { status: 409, title: 'Something else is being done with it', hint: 'Try again in a moment.' },
  'quota-reached': { status: 403, title: 'The organisation has as many as it may' },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another request',
    hint: 'Make a new key for each new thing.',
  },
  'nothing-to-promote': { status: 409, title: 'There is nothing to bring over' },
  'promotion-outdated': {
    status: 409,
    title: 'The promotion does not fit any more',
    hint: 'Propose it again, and review what has changed.',
  },
  'invalid-scope': { status: 422, title: 'A key cannot have that scope' },
  'invalid-name': { status: 422, title: 'That name cannot be used' },
  'invalid-snapshot': { status: 422, title: 'That is no whole snapshot' },
  'snapshot-too-new': {
    status: 422,
    title: 'The snapshot was made by a newer CloudBox',
    hint: 'Update this one first.',
  },
  'name-taken': { status: 409, title: 'That name is taken' },
})
