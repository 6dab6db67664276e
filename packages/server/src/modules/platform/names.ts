import { platformProblems } from '@cloudbox/protocol/platform'
import { Problem } from '../../kernel/problem.ts'

/** Names in addresses: lower-case words joined by single hyphens, at most 28 characters, so that a schema name fits. */
const addressName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** First words of addresses that belong to the platform itself. */
const taken = new Set(['v1', 'console', 'docs', 'health', 'ready', 'metrics', 'rest', 'auth', 'assets'])

const kinds = {
  organisation: 'an organisation',
  project: 'a project',
  environment: 'an environment',
  role: 'a role',
  snapshot: 'a snapshot',
} as const

/** @throws Problem `platform/invalid-name` */
export function checkName(kind: keyof typeof kinds, name: string): void {
  if (addressName.test(name) && name.length <= 28 && !(kind === 'project' && taken.has(name))) return
  throw new Problem(platformProblems['invalid-name'], `"${name}" cannot be the name of ${kinds[kind]}.`, {
    hint: 'Use lower-case letters and digits, words joined by single hyphens, at most 28 characters.',
  })
}

/** The Postgres schema of an environment: `my-app` and `dev` become `my_app__dev`; no two pairs become the same. */
export function schemaName(project: string, environment: string): string {
  return `${project}__${environment}`.replaceAll('-', '_')
}
