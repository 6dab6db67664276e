/**
 * Alerts: what is watched, whom it is told, and what happened. For the secret key and for operators with `alerts.read` or
 * `alerts.change`, below `/{project}/{environment}/v1/alerts`:
 *
 * - `GET` : {@link AlertsReply}, what fires now and whether anybody watches
 * - `GET rules`: {@link RulesReply}; `POST rules`, `PATCH rules/{rule}`: {@link RuleDraft} → {@link AlertRule}; `DELETE rules/{rule}`
 * - `POST rules/back-test`: {@link BackTestRequest} → {@link BackTestReply}
 * - `GET channels`: {@link ChannelsReply}; `POST channels`, `PATCH channels/{channel}`: {@link ChannelDraft} →
 *   {@link AlertChannel}; `DELETE channels/{channel}`; `POST channels/{channel}/test`: {@link TestReply}
 * - `GET incidents?limit&before`: {@link IncidentsReply}
 * - `GET silences`: {@link SilencesReply}; `POST silences`: {@link SilenceDraft} → {@link Silence}; `DELETE silences/{silence}` ends it
 *
 * A webhook is told {@link WebhookNotice}, signed. Times are ms since 1970, durations ms unless a name says otherwise.
 */
import { Type, type Static } from 'typebox'
import { metricNames, operationKinds } from './monitoring.ts'
import { defineProblems } from './problem.ts'

export const alertsProblems = defineProblems('alerts', {
  'not-found': {
    status: 404,
    title: 'No such rule, channel or silence',
    hint: 'GET /v1/alerts/rules, /channels and /silences list what there is.',
  },
  'invalid-rule': { status: 422, title: 'This rule could never be judged as it is meant' },
  'invalid-channel': { status: 422, title: 'Nothing could be sent over this channel' },
  'too-many': {
    status: 409,
    title: 'There are as many as there may be',
    hint: 'Remove some that nobody needs any more.',
  },
})

const closed = { additionalProperties: false } as const
const time = (description: string) => Type.Integer({ description })
const timeOrNull = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })
const numberOrNull = (description: string) => Type.Union([Type.Number(), Type.Null()], { description })

/** A figure is above or below a number. */
export const ThresholdCondition = Type.Object(
  {
    kind: Type.Literal('threshold'),
    metric: Type.Enum(metricNames, {
      description:
        'As in series of monitoring; sums (count, errors, bytes, database …) are told by the minute.',
    }),
    of: Type.Optional(
      Type.Enum([...operationKinds], { description: 'Which operations are counted; `request` unless told.' }),
    ),
    operation: Type.Optional(
      Type.String({ maxLength: 300, description: 'Only this one: `GET /data/:collection`.' }),
    ),
    is: Type.Enum(['above', 'below']),
    value: Type.Number({ minimum: 0, maximum: 1e15 }),
    minutes: Type.Integer({
      minimum: 0,
      maximum: 1440,
      description:
        'For how long each minute has to be so, a minute moving on by ten seconds; 0: the first one is enough.',
    }),
    minCount: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1e9,
        description: 'Fewer operations in this time say nothing; 0 unless told.',
      }),
    ),
    noData: Type.Optional(
      Type.Enum(['ok', 'breach'], {
        description: 'What a minute counts as in which the figure is not there; `ok` unless told.',
      }),
    ),
  },
  closed,
)
export type ThresholdCondition = Static<typeof ThresholdCondition>

/** So many requests are bad that what may be bad in 30 days is used up too fast. */
export const BurnRateCondition = Type.Object(
  {
    kind: Type.Literal('burn-rate'),
    bad: Type.Enum(['failed', 'slow'], {
      description: '`failed`: ended with a fault of the server (5xx). `slow`: took longer than `slowMs`.',
    }),
    slowMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
    operation: Type.Optional(Type.String({ maxLength: 300, description: 'Only requests of this one.' })),
    target: Type.Number({
      minimum: 0.5,
      maximum: 0.99999,
      description: 'Share of requests that are to be good over 30 days: 0.999.',
    }),
    minCount: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1e9,
        description: 'With fewer requests in the long window nothing fires; 100 unless told.',
      }),
    ),
    minBad: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1e9,
        description: 'With fewer bad ones in the long window nothing fires; 5 unless told.',
      }),
    ),
  },
  closed,
)
export type BurnRateCondition = Static<typeof BurnRateCondition>

export const AlertCondition = Type.Union([ThresholdCondition, BurnRateCondition])
export type AlertCondition = Static<typeof AlertCondition>

/** How urgent it is: `page` wants somebody now, `ticket` somebody in the next days. */
export const severities = ['page', 'ticket'] as const
export const Severity = Type.Enum([...severities])
export type Severity = (typeof severities)[number]

/**
 * A burn rate fires when both windows of a pair burn at least that fast: the long one says that it matters, the short one
 * that it still goes on. At a rate of 1 the budget lasts for exactly 30 days.
 */
export const burnWindows = [
  { longMinutes: 60, shortMinutes: 5, factor: 14.4, severity: 'page' },
  { longMinutes: 360, shortMinutes: 30, factor: 6, severity: 'page' },
  { longMinutes: 4320, shortMinutes: 360, factor: 1, severity: 'ticket' },
] as const

/** A rule as it is made or changed; what is left out of a change stays. */
export const RuleDraft = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    condition: AlertCondition,
    isOn: Type.Optional(Type.Boolean({ description: 'True unless told.' })),
    severity: Type.Optional(
      Type.Enum([...severities], { description: '`page` unless told; of burn rates the windows say it.' }),
    ),
    channels: Type.Optional(
      Type.Union([Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 }), Type.Null()], {
        description: 'Whom it is told; null, as unless told: every channel.',
      }),
    ),
    remindMinutes: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_080,
        description: 'As long as it fires it is told again this often; 0: never; 240 unless told.',
      }),
    ),
    resolveMinutes: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1440,
        description:
          'It is over when all has been well for so long, so that it does not flap; 5 unless told.',
      }),
    ),
  },
  closed,
)
export type RuleDraft = Static<typeof RuleDraft>
export const RuleChange = Type.Partial(RuleDraft, closed)
export type RuleChange = Static<typeof RuleChange>

export const phases = ['ok', 'pending', 'firing'] as const

export const AlertRule = Type.Object({
  id: Type.String(),
  isDefault: Type.Boolean({ description: 'There without anybody having made it.' }),
  isChanged: Type.Boolean({ description: 'Of a default: it is not as it came; DELETE brings that back.' }),
  name: Type.String(),
  condition: AlertCondition,
  isOn: Type.Boolean(),
  severity: Severity,
  channels: Type.Union([Type.Array(Type.String()), Type.Null()]),
  remindMinutes: Type.Integer(),
  resolveMinutes: Type.Integer(),
  state: Type.Object({
    phase: Type.Enum([...phases]),
    since: timeOrNull('When what it says began; null while all is well.'),
    value: numberOrNull('The newest figure; of burn rates how fast the budget is used.'),
    at: timeOrNull('Of when that is.'),
  }),
})
export type AlertRule = Static<typeof AlertRule>
export const RulesReply = Type.Object({ rules: Type.Array(AlertRule) })
export type RulesReply = Static<typeof RulesReply>

export const BackTestRequest = Type.Object(
  {
    condition: AlertCondition,
    resolveMinutes: Type.Optional(Type.Integer({ minimum: 0, maximum: 1440 })),
    severity: Type.Optional(Severity),
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 30, description: '14 unless told.' })),
  },
  closed,
)
export type BackTestRequest = Static<typeof BackTestRequest>

/** What a rule would have done, judged by the very code that judges live. */
export const BackTestReply = Type.Object({
  from: time('Since when it was judged.'),
  to: time('Until when.'),
  times: Type.Integer({ description: 'How often it would have fired.' }),
  incidents: Type.Array(
    Type.Object({
      from: time('When it began.'),
      firedAt: time('When it would have been told.'),
      to: timeOrNull('When it was over; null: it would fire now.'),
      peak: Type.Number(),
      severity: Type.Enum([...severities], { description: 'The most urgent it would have been told as.' }),
    }),
    { description: 'The newest first, 100 at most.' },
  ),
  measured: Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer(), step: Type.Integer() }), {
    description:
      'How finely each part of the time is still known, ms: where only hours are left, what was shorter is not seen.',
  }),
  measuredMs: Type.Integer({ description: 'How much of the time the server ran and counted.' }),
})
export type BackTestReply = Static<typeof BackTestReply>

export const channelKinds = ['email', 'webhook', 'slack', 'discord'] as const
export type ChannelKind = (typeof channelKinds)[number]

/** A channel as it is made or changed; what is left out of a change stays. */
export const ChannelDraft = Type.Object(
  {
    kind: Type.Enum([...channelKinds]),
    name: Type.String({ minLength: 1, maxLength: 100 }),
    address: Type.String({
      minLength: 1,
      maxLength: 2048,
      description:
        'An e-mail address, or where a webhook, Slack or Discord takes messages. An address of the web is a secret: it is never told again.',
    }),
    secret: Type.Optional(
      Type.String({
        minLength: 16,
        maxLength: 200,
        description: 'Of a webhook: what it is signed with. Made, and told once, unless given.',
      }),
    ),
    isOn: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type ChannelDraft = Static<typeof ChannelDraft>
export const ChannelChange = Type.Partial(Type.Omit(ChannelDraft, ['kind']), closed)
export type ChannelChange = Static<typeof ChannelChange>

export const AlertChannel = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...channelKinds]),
  name: Type.String(),
  address: Type.String({ description: 'The e-mail address; of an address of the web its host and •••.' }),
  isOn: Type.Boolean(),
  deliveredAt: timeOrNull('When something last arrived.'),
  failedAt: timeOrNull('When something last did not.'),
  failure: Type.Union([Type.String(), Type.Null()], { description: 'Why.' }),
  secret: Type.Optional(
    Type.String({
      description: 'Of a webhook that was just made: what it is signed with. Never told again.',
    }),
  ),
})
export type AlertChannel = Static<typeof AlertChannel>
export const ChannelsReply = Type.Object({ channels: Type.Array(AlertChannel) })
export type ChannelsReply = Static<typeof ChannelsReply>

export const TestReply = Type.Object({
  isDelivered: Type.Boolean({ description: 'Of a mail: it is on its way.' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why not.' }),
})
export type TestReply = Static<typeof TestReply>

/** What is told of an incident: that it began, became worse, still goes on, is over. */
export const noticeKinds = ['fired', 'escalated', 'reminder', 'resolved'] as const
export type NoticeKind = (typeof noticeKinds)[number]
/** `waiting`: for its first or another attempt. `silenced`: it was kept from being sent. */
export const noticeStates = ['waiting', 'delivered', 'failed', 'silenced'] as const

export const Notice = Type.Object({
  kind: Type.Enum([...noticeKinds]),
  channel: Type.Union([Type.String(), Type.Null()], { description: 'Its name; null: it was removed.' }),
  channelKind: Type.Union([Type.Enum([...channelKinds]), Type.Null()]),
  state: Type.Enum([...noticeStates]),
  at: time('When it was due.'),
  deliveredAt: timeOrNull('When it arrived.'),
  attempts: Type.Integer(),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why the last attempt failed.' }),
})
export type Notice = Static<typeof Notice>

export const Incident = Type.Object({
  id: Type.String(),
  rule: Type.String({ description: 'Its id.' }),
  name: Type.String({ description: 'Of the rule, as it was.' }),
  condition: AlertCondition,
  severity: Type.Enum([...severities], {
    description: 'How urgent it is now; of one that is over, how urgent it was at the end.',
  }),
  beganAt: time('When the condition began to hold.'),
  firedAt: time('When it had held for long enough.'),
  endedAt: timeOrNull('Null: it fires.'),
  ended: Type.Union([Type.Enum(['resolved', 'rule-changed']), Type.Null()], {
    description: '`rule-changed`: nobody asks any more, for the rule was changed, switched off or removed.',
  }),
  peak: Type.Number({ description: 'The worst figure.' }),
  isSilenced: Type.Boolean({ description: 'A silence is on now.' }),
  notices: Type.Array(Notice),
})
export type Incident = Static<typeof Incident>

/** A time in which nobody watched. */
export const WatchGap = Type.Object({ from: Type.Integer(), to: Type.Integer() })
export type WatchGap = Static<typeof WatchGap>

export const IncidentsReply = Type.Object({
  incidents: Type.Array(Incident, { description: 'The newest first.' }),
  gaps: Type.Array(WatchGap, {
    description: 'Times of the same days in which nobody watched: the server was not running, or could not.',
  }),
  next: Type.Union([Type.String(), Type.Null()], { description: 'Give it as `before` for the next page.' }),
})
export type IncidentsReply = Static<typeof IncidentsReply>

/** Answer of `GET /v1/alerts`. */
export const AlertsReply = Type.Object({
  firing: Type.Array(Incident),
  pending: Type.Integer({ description: 'Rules whose condition holds, not yet for long enough.' }),
  channels: Type.Integer({ description: 'Channels that are on; without one nobody is told.' }),
  watch: Type.Object({
    evaluatedAt: timeOrNull('When the rules were last judged.'),
    isAlive: Type.Boolean({ description: 'That was in the last minute.' }),
    heartbeat: Type.Union(
      [
        Type.Object({
          host: Type.String(),
          deliveredAt: timeOrNull('When it last arrived.'),
          failure: Type.Union([Type.String(), Type.Null()]),
        }),
        Type.Null(),
      ],
      { description: 'Whom it is told that we watch (`ALERTS_HEARTBEAT_URL`); null: nobody.' },
    ),
  }),
})
export type AlertsReply = Static<typeof AlertsReply>

/** As far as dates have four digits of a year. */
const dates = { minimum: 0, maximum: Date.parse('9990-01-01T00:00:00Z') }

export const SilenceDraft = Type.Object(
  {
    rule: Type.Optional(
      Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
        description: 'Which one; null, as unless told: all of the environment.',
      }),
    ),
    from: Type.Optional(Type.Integer({ ...dates, description: 'Now unless told.' })),
    to: Type.Integer({ ...dates, description: 'When it ends.' }),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
  },
  closed,
)
export type SilenceDraft = Static<typeof SilenceDraft>

export const Silence = Type.Object({
  id: Type.String(),
  rule: Type.Union([Type.String(), Type.Null()]),
  from: Type.Integer(),
  to: Type.Integer(),
  reason: Type.String(),
  by: Type.String({ description: 'Who made it.' }),
  isOn: Type.Boolean(),
  held: Type.Integer({ description: 'How many notices it has held back.' }),
})
export type Silence = Static<typeof Silence>
export const SilencesReply = Type.Object({ silences: Type.Array(Silence) })
export type SilencesReply = Static<typeof SilencesReply>

/**
 * What a webhook is told, as JSON in a POST. Header `x-cloudbox-signature` is `t=<seconds>,v1=<hex>`, the HMAC-SHA256 with the
 * channel's secret over `<seconds>.<body>`; refuse what is older than five minutes. `x-cloudbox-delivery` is the same at each
 * attempt of the same notice.
 */
export interface WebhookNotice {
  readonly kind: NoticeKind | 'test'
  /** Of the incident; null of a test. */
  readonly incident: string | null
  readonly project: string
  readonly environment: string
  readonly rule: { readonly id: string; readonly name: string } | null
  readonly severity: Severity
  /** One line for people. */
  readonly title: string
  readonly text: string
  readonly beganAt: number
  readonly firedAt: number
  readonly endedAt: number | null
  readonly peak: number | null
  /** Where to look. */
  readonly url: string
}
