import { Type, type Static } from 'typebox'

/** What `/v1/platform` answers: the server's routes check it, command line and console read it. Times are ISO 8601. */

const closed = { additionalProperties: false } as const
const orNull = Type.Union([Type.String(), Type.Null()])
const most = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 }))

/** `GET /platform`: where operators sign in. */
export const PlatformReply = Type.Object({
  isSetUp: Type.Boolean({ description: 'Somebody owns this installation.' }),
  accounts: Type.Object({
    path: Type.String({ description: 'Base of the environment, below the origin.' }),
    publishableKey: Type.String(),
    hasMailbox: Type.Boolean({ description: 'Mails to operators lie in its mailbox.' }),
  }),
})
export type PlatformReply = Static<typeof PlatformReply>

/** `GET /platform/me`: who asks, and what he may do where. */
export const Me = Type.Object({
  id: Type.String(),
  email: Type.String(),
  organisations: Type.Array(
    Type.Object({
      name: Type.String(),
      title: Type.String(),
      role: Type.String(),
      permissions: Type.Array(Type.String(), {
        description: 'In the organisation itself; other roles may count in some projects.',
      }),
    }),
  ),
})
export type Me = Static<typeof Me>

export const OrganisationSettings = Type.Object(
  {
    auditIp: Type.Optional(
      Type.Enum(['full', 'cut', 'none'], { description: 'How much of addresses the audit keeps.' }),
    ),
    auditDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 36_500,
        description: 'Days the audit is kept; for ever unless set.',
      }),
    ),
    maxMembers: most,
    maxProjects: most,
    maxEnvironments: most,
  },
  closed,
)

export const Organisation = Type.Object({
  name: Type.String(),
  title: Type.String(),
  settings: OrganisationSettings,
  createdAt: Type.String(),
})
export type Organisation = Static<typeof Organisation>

/** Another role in a narrower place: the narrowest counts. */
export const MemberPlace = Type.Object(
  { project: Type.String(), environment: Type.Optional(Type.String()), role: Type.String() },
  closed,
)
export type MemberPlace = Static<typeof MemberPlace>

export const Member = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: orNull,
  role: Type.String(),
  places: Type.Array(MemberPlace, { description: 'Other roles in narrower places: the narrowest counts.' }),
  joinedAt: Type.String(),
  lastSignInAt: orNull,
})
export type Member = Static<typeof Member>

export const Invitation = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: Type.String(),
  invitedBy: Type.String(),
  createdAt: Type.String(),
  sentAt: Type.String(),
  expiresAt: Type.String(),
})
export type Invitation = Static<typeof Invitation>

export const RoleStatement = Type.Object(
  {
    effect: Type.Enum(['allow', 'deny']),
    permissions: Type.Array(Type.String({ maxLength: 60 }), { minItems: 1, maxItems: 50 }),
    places: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 50 }),
  },
  closed,
)

export const Role = Type.Object({
  name: Type.String(),
  title: Type.String(),
  statements: Type.Array(RoleStatement),
})
export type Role = Static<typeof Role>

export const Roles = Type.Object({
  builtIn: Type.Record(Type.String(), Type.Array(RoleStatement)),
  own: Type.Array(Role),
  grantable: Type.Array(Type.String(), {
    description: 'Roles you may give and take, given `members.change`: those with no permission you lack.',
  }),
  permissions: Type.Record(Type.String(), Type.String()),
})
export type Roles = Static<typeof Roles>

export const Project = Type.Object({
  name: Type.String(),
  title: Type.String(),
  isArchived: Type.Boolean(),
  createdAt: Type.String(),
  permissions: Type.Optional(
    Type.Array(Type.String(), {
      description: 'What you may do in all of it. Told where one is asked for.',
    }),
  ),
})
export type Project = Static<typeof Project>

/** A project or an environment that was removed and can be brought back. */
export const Restorable = Type.Object({
  id: Type.String(),
  kind: Type.Enum(['project', 'environment']),
  project: Type.String(),
  environment: orNull,
  removedAt: Type.String(),
  keptUntil: Type.String(),
})
export type Restorable = Static<typeof Restorable>

export const KeyScope = Type.Object(
  {
    permissions: Type.Optional(
      Type.Array(Type.String({ maxLength: 60 }), {
        maxItems: 50,
        description: 'Such as `documents.read` or `documents.*`; all that its kind may unless set.',
      }),
    ),
    collections: Type.Optional(
      Type.Array(Type.String({ maxLength: 63 }), {
        maxItems: 500,
        description: 'The collections whose documents it may touch; all unless set.',
      }),
    ),
  },
  closed,
)
export type KeyScope = Static<typeof KeyScope>

/** A key as it is listed. Only a publishable one shows its text. */
export const Key = Type.Object({
  id: Type.String(),
  kind: Type.Enum(['publishable', 'secret']),
  name: Type.String(),
  ending: orNull,
  key: orNull,
  scope: Type.Union([KeyScope, Type.Null()]),
  createdAt: Type.String(),
  createdBy: orNull,
  expiresAt: orNull,
  lastUsedAt: orNull,
})
export type Key = Static<typeof Key>

/** A key just made: the only time its text is shown. */
export const MadeKey = Type.Object({ id: Type.String(), key: Type.String() })
export type MadeKey = Static<typeof MadeKey>

export const RotatedKey = Type.Object({ id: Type.String(), key: Type.String(), oldEndsAt: Type.String() })
export type RotatedKey = Static<typeof RotatedKey>

/** A value of the configuration of an environment. */
export const Variable = Type.Object({
  name: Type.String(),
  isSecret: Type.Boolean(),
  value: Type.Union([Type.String(), Type.Null()], { description: 'null of a secret: nobody reads it here.' }),
  updatedAt: Type.String(),
})
export type Variable = Static<typeof Variable>

export const AuditedChange = Type.Object({
  number: Type.Integer(),
  at: Type.String(),
  actor: Type.Object({ kind: Type.String(), id: Type.String(), name: Type.String() }),
  action: Type.String(),
  place: Type.String(),
  subject: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
  requestId: orNull,
  ip: orNull,
})
export type AuditedChange = Static<typeof AuditedChange>

/** What a check of the audit found. */
export const AuditVerdict = Type.Object({
  isWhole: Type.Boolean(),
  entries: Type.Integer(),
  head: Type.Object({ number: Type.Integer(), hash: Type.String() }),
  faults: Type.Array(
    Type.Object({
      number: Type.Integer(),
      fault: Type.Enum(['changed', 'missing', 'unexpected']),
      message: Type.String(),
    }),
  ),
})
export type AuditVerdict = Static<typeof AuditVerdict>

export const PlatformEnvironment = Type.Object({
  project: Type.String(),
  name: Type.String(),
  dev: Type.Boolean({ description: 'Tells more: what a policy hid, and why. Its mails lie in its mailbox.' }),
  inert: Type.Boolean({ description: 'Tells nobody outside: no mails, webhooks, schedules.' }),
  branchOf: orNull,
  isArchived: Type.Boolean(),
  state: Type.Enum(['making', 'ready']),
  createdAt: Type.String(),
  permissions: Type.Optional(
    Type.Array(Type.String(), { description: 'What you may do there. Told where one is asked for.' }),
  ),
})
export type PlatformEnvironment = Static<typeof PlatformEnvironment>

/** Where repositories live; `generic` is whatever can sign a request, e.g. a job of any CI. */
export const gitHosts = ['github', 'gitlab', 'generic'] as const
export type GitHost = (typeof gitHosts)[number]

/** What was done about a delivery of a git host. `delayed`: it did not work, and is tried again. */
export const GitReport = Type.Object({
  at: Type.String(),
  event: Type.String(),
  outcome: Type.Enum(['accepted', 'ignored', 'made', 'removed', 'unchanged', 'delayed', 'failed']),
  branch: Type.Optional(Type.String()),
  environment: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String({ description: 'Why it was ignored.' })),
  problem: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() })),
})
export type GitReport = Static<typeof GitReport>

/** How a project follows the branches of a git repository. */
export const GitConnection = Type.Object({
  host: Type.Enum([...gitHosts]),
  repository: orNull,
  from: Type.Union([Type.String(), Type.Null()], { description: 'null: it was removed.' }),
  data: Type.Enum(['none', 'all', 'sample']),
  samplePercent: Type.Number(),
  branches: Type.Array(Type.String()),
  ignore: Type.Array(Type.String()),
  webhookUrl: Type.String({ description: 'Where the host sends deliveries, as application/json.' }),
  secret: Type.Optional(Type.String({ description: 'Only in the answer that makes it.' })),
  environments: Type.Array(Type.Object({ branch: Type.String(), environment: Type.String() })),
  lastDelivery: Type.Union([GitReport, Type.Null()]),
  lastFailure: Type.Union([GitReport, Type.Null()]),
  createdAt: Type.String(),
})
export type GitConnection = Static<typeof GitConnection>

const Changed = { before: Type.Optional(Type.Unknown()), after: Type.Optional(Type.Unknown()) }

/** All that one environment has otherwise than another, kept to be reviewed and applied as it is. */
export const Promotion = Type.Object({
  id: Type.String(),
  source: Type.String({ description: 'Name of the environment it comes from, at that time.' }),
  state: Type.Enum(['proposed', 'applied', 'undone']),
  plan: Type.Object({
    steps: Type.Array(
      Type.Object({
        kind: Type.Optional(Type.String({ description: 'Such as `add-field` or `change-policy`.' })),
        sentence: Type.String(),
        isDestructive: Type.Boolean({ description: 'Documents lose values by it, which the trash keeps.' }),
        ...Changed,
      }),
      { description: 'Collections and policies, in order.' },
    ),
    versions: Type.Record(Type.String(), Type.Integer()),
    settings: Type.Array(Type.Object({ at: Type.String(), ...Changed }), {
      description: 'Settings of accounts, by JSON pointer.',
    }),
    settingsVersion: Type.Integer(),
    variables: Type.Array(Type.Object({ name: Type.String(), ...Changed })),
    missingSecrets: Type.Array(Type.String(), {
      description: 'Names of secrets that only the source has. Set them in the target yourself.',
    }),
  }),
  rehearsal: Type.Object({
    steps: Type.Array(
      Type.Object({
        sentence: Type.String(),
        locks: Type.Array(Type.Object({ collection: Type.String(), mode: Type.String() })),
        isRewrite: Type.Boolean({ description: 'Postgres writes the whole table anew.' }),
        rows: Type.Integer(),
        ms: Type.Number(),
      }),
      { description: 'What each step did to a copy of the target.' },
    ),
    failure: Type.Optional(Type.Unknown({ description: 'The problem that would stop it.' })),
  }),
  proposedBy: Type.String(),
  proposedAt: Type.String(),
  appliedBy: orNull,
  appliedAt: orNull,
  undoneBy: orNull,
  undoneAt: orNull,
})
export type Promotion = Static<typeof Promotion>

export const Promotions = Type.Object({
  promotions: Type.Array(Promotion),
  mayApply: Type.Boolean({ description: 'You may apply and undo them.' }),
})
export type Promotions = Static<typeof Promotions>

/** A snapshot of an environment, below its own address: `GET /platform/snapshots`. */
export const Snapshot = Type.Object({
  name: Type.String(),
  madeAt: Type.String(),
  bytes: Type.Number({ description: 'What it takes on the disk.' }),
  isAutomatic: Type.Boolean({ description: 'Made by a restore, of what was there before.' }),
  leftOut: Type.Array(Type.String(), {
    description: 'What SQL of migrations had made beside the collections: it is not in the copy.',
  }),
})
export type Snapshot = Static<typeof Snapshot>
