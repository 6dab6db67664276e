import type { Me } from '@cloudbox/protocol/platform-replies'
import type { Option, Setting } from './command.ts'
import { failure } from './failure.ts'

export const organisationOptions = {
  org: {
    type: 'string',
    value: 'NAME',
    description: 'The organisation; else CLOUDBOX_ORG, or the only one you belong to',
  },
} as const satisfies Record<string, Option>

export const projectOptions = {
  project: { type: 'string', value: 'NAME', description: 'The project; else CLOUDBOX_PROJECT' },
} as const satisfies Record<string, Option>

export const environmentOptions = {
  ...projectOptions,
  env: { type: 'string', value: 'NAME', description: 'The environment; else CLOUDBOX_ENV' },
} as const satisfies Record<string, Option>

/** The organisation that is meant. @throws Failure `cli/not-one` */
export async function organisationOf(
  { api, environment: { CLOUDBOX_ORG } }: Setting,
  { org }: { readonly org?: string | undefined },
): Promise<string> {
  const named = org ?? CLOUDBOX_ORG
  if (named !== undefined && named !== '') return named
  const { organisations } = await api.get<Me>('/me')
  const [only, second] = organisations
  if (only === undefined)
    throw failure('not-one', 'You belong to no organisation.', 'Make one: cloudbox org create NAME')
  if (second === undefined) return only.name
  const names = organisations.map(({ name }) => name).join(', ')
  throw failure('not-one', `You belong to ${names}.`, 'Say which with --org NAME or CLOUDBOX_ORG.')
}

/** @throws Failure `cli/usage` */
export function projectOf(
  { environment: { CLOUDBOX_PROJECT } }: Setting,
  { project }: { readonly project?: string | undefined },
): string {
  return named('project', project ?? CLOUDBOX_PROJECT)
}

/** @throws Failure `cli/usage` */
export function environmentOf(
  setting: Setting,
  options: { readonly project?: string | undefined; readonly env?: string | undefined },
): { readonly project: string; readonly env: string } {
  const project = projectOf(setting, options)
  return { project, env: named('env', options.env ?? setting.environment['CLOUDBOX_ENV']) }
}

function named(option: 'project' | 'env', name: string | undefined): string {
  if (name !== undefined && name !== '') return name
  const what = option === 'env' ? 'environment' : 'project'
  throw failure(
    'usage',
    `Which ${what}?`,
    `Say it with --${option} NAME or CLOUDBOX_${option.toUpperCase()}; "cloudbox ${option} list" shows them.`,
  )
}
