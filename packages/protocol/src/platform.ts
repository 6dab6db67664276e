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
  'invalid-name': { status: 422, title: 'That name cannot be used' },
  'name-taken': { status: 409, title: 'That name is taken' },
})
