/**
 * Permissions: what operators and keys may do. Every endpoint names the one it needs; roles and the scopes of keys say
 * who has it. The server decides with this table, the console shows it.
 */

/** Every permission with what it lets do, as `<noun>.<verb>`. */
export const permissions = {
  'organisation.read': 'See the organisation, its projects and its members',
  'organisation.change': 'Change names and settings of the organisation',
  'organisation.delete': 'Remove the organisation, or hand it to another owner',
  'members.change': 'Invite people, give them roles and remove them',
  'roles.change': 'Define roles',
  'audit.read': 'Read, check and export what was done',
  'projects.create': 'Make projects',
  'projects.change': 'Rename, archive and restore projects',
  'projects.delete': 'Remove projects with everything in them',
  'environments.read': 'See environments and their configuration, without secrets',
  'environments.create': 'Make environments and branches',
  'environments.change': 'Rename, archive and restore environments, change their limits and configuration',
  'environments.delete': 'Remove environments with everything in them',
  'environments.promote': 'Bring the structure of one environment to another',
  'secrets.change': 'Set and remove secrets; nobody reads them here',
  'keys.read': 'See the keys of an environment, without their text',
  'keys.change': 'Make, rotate and revoke keys',
  'collections.read': 'See the structure of collections',
  'collections.change': 'Make, change and remove collections and policies',
  'documents.read': 'Read documents past all policies',
  'documents.write': 'Write documents past all policies',
  'users.read': 'See the users of an environment and their sessions',
  'users.change': 'Make, change, ban, impersonate and remove users',
  'accounts.read': 'See the settings of accounts and mails',
  'accounts.change': 'Change the settings of accounts and mails',
  'accounts.use': 'Sign up, in and out as the users of an app do',
  'realtime.listen': 'Follow live queries',
  'realtime.inspect': 'See connections and what was told to whom',
  'monitoring.read': 'See how often, how fast and how well requests are answered, and those that were kept',
  'alerts.read': 'See alerts: rules, channels, silences and incidents',
  'alerts.change': 'Change rules and channels of alerts, and silence them',
  'usage.read': 'See how much is used, by how many, and check that nothing about anybody is stored',
  'drains.change': 'Send the log of an environment elsewhere',
  'sql.open': 'Open direct connections to the database of an environment',
  'reference.read': 'Read the reference of an environment',
} as const

export type Permission = keyof typeof permissions

export const permissionNames = Object.keys(permissions) as Permission[]

/** Some permissions in some places. */
export interface Statement {
  /** `deny` wins over every `allow`; what no statement allows is denied. */
  readonly effect: 'allow' | 'deny'
  /** Permissions, where `*` stands for any noun or verb: `environments.*`, `*.read`, `*`. */
  readonly permissions: readonly string[]
  /**
   * Places and everything below them: `projects/shop`, `projects/shop/environments/production`, `projects/…` with `*` for a
   * name, or `*` for the whole organisation.
   */
  readonly places: readonly string[]
}

/** A role that every organisation has. */
export type BuiltInRole = 'owner' | 'admin' | 'developer' | 'viewer'

const everywhere = ['*'] as const

/** What members of each built-in role may do. */
export const builtInRoles: Readonly<Record<BuiltInRole, readonly Statement[]>> = {
  owner: [{ effect: 'allow', permissions: ['*'], places: everywhere }],
  admin: [
    { effect: 'allow', permissions: ['*'], places: everywhere },
    { effect: 'deny', permissions: ['organisation.delete'], places: everywhere },
  ],
  developer: [
    {
      effect: 'allow',
      permissions: [
        '*.read',
        'environments.create',
        'environments.change',
        'secrets.change',
        'keys.change',
        'collections.change',
        'documents.write',
        'users.change',
        'accounts.change',
        'accounts.use',
        'realtime.*',
        'alerts.change',
        'sql.open',
      ],
      places: everywhere,
    },
    { effect: 'deny', permissions: ['audit.read'], places: everywhere },
  ],
  viewer: [
    { effect: 'allow', permissions: ['*.read', 'realtime.*', 'accounts.use'], places: everywhere },
    { effect: 'deny', permissions: ['audit.read'], places: everywhere },
  ],
}

/** Roles from the most to the least powerful. */
export const builtInRoleNames = Object.keys(builtInRoles) as BuiltInRole[]

export function isBuiltInRole(name: string): name is BuiltInRole {
  return Object.hasOwn(builtInRoles, name)
}

/** Whether a name or a pattern such as `environments.*` is about a permission. */
export function coversPermission(pattern: string, permission: Permission): boolean {
  if (pattern === '*') return true
  const [noun, verb] = pattern.split('.')
  const [wantedNoun, wantedVerb] = permission.split('.')
  return (noun === '*' || noun === wantedNoun) && (verb === '*' || verb === wantedVerb)
}

/**
 * Whether statements allow a permission in a place.
 *
 * @param place `''` for the organisation itself, else as `projects/shop/environments/dev`
 * @example
 * allows(builtInRoles.viewer, 'documents.read', 'projects/shop/environments/dev') // true
 */
export function allows(statements: readonly Statement[], permission: Permission, place: string): boolean {
  let isAllowed = false
  for (const { effect, permissions: patterns, places } of statements) {
    if (!patterns.some(pattern => coversPermission(pattern, permission))) continue
    if (!places.some(pattern => coversPlace(pattern, place))) continue
    if (effect === 'deny') return false
    isAllowed = true
  }
  return isAllowed
}

function coversPlace(pattern: string, place: string): boolean {
  if (pattern === '*') return true
  const wanted = place.split('/')
  return pattern.split('/').every((part, i) => part === wanted[i] || (part === '*' && i < wanted.length))
}
