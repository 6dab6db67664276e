import { ask, type EnvironmentPath } from '#session/ask.ts'

/** Makes an environment that apps, and the live pages of the console, can be opened in at once. */
export async function makeEnvironment(
  { project, environment }: EnvironmentPath,
  options: { readonly dev?: boolean; readonly from?: string; readonly data?: 'none' | 'all' } = {},
): Promise<void> {
  const path = `/projects/${project}/environments`
  await ask('POST', path, { body: { name: environment, ...options } })
  await ask('POST', `${path}/${environment}/keys`, { body: { kind: 'publishable' } })
}
