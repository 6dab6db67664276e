import { conditionText, figureText, spanText } from '@cloudbox/protocol/alert-words'
import type { AlertCondition, NoticeKind, Severity, WebhookNotice } from '@cloudbox/protocol/alerts'

/** What is told of an incident. */
export interface Told {
  readonly kind: NoticeKind | 'test'
  readonly incidentId: string | null
  readonly project: string
  readonly environment: string
  readonly rule: { readonly id: string; readonly name: string } | null
  readonly condition: AlertCondition | null
  readonly severity: Severity
  readonly beganAt: number
  readonly firedAt: number
  readonly endedAt: number | null
  readonly isRuleChanged: boolean
  readonly peak: number | null
  /** When it is told. */
  readonly at: number
  /** Where to look. */
  readonly url: string
}

/** What a mail of an alert has to be told. */
export interface AlertMail {
  readonly headline: string
  readonly summary: string
  readonly measured: string
  readonly link: string
  readonly atMs: number
}

const firsts: Readonly<Record<Told['kind'], string>> = {
  fired: 'Fires',
  escalated: 'Has become urgent',
  reminder: 'Still fires',
  resolved: 'Over',
  test: 'Test',
}

/** One line for people. */
export function titleOf({ kind, rule, project, environment }: Told): string {
  return `${firsts[kind]}: ${rule?.name ?? 'this channel works'} – ${project}/${environment}`
}

/** What happened, in a sentence or two. */
export function textOf(told: Told): string {
  const { kind, condition, severity, beganAt, endedAt, isRuleChanged, at } = told
  if (kind === 'test')
    return 'Somebody has tried this channel. Alerts of this environment will look like this.'
  const what = condition === null ? '' : whatOf(condition)
  if (kind === 'resolved') {
    const lasted = `It lasted for ${spanText((endedAt ?? at) - beganAt)}.`
    return isRuleChanged
      ? `The rule was changed, so nobody watches this any more. ${lasted} ${what}`
      : `${lasted} ${what}`
  }
  const since = kind === 'fired' ? '' : ` It goes on for ${spanText(at - beganAt)} by now.`
  const urgency = severity === 'ticket' ? ' It is not urgent: in the next days is soon enough.' : ''
  return `${what}${since}${urgency}`
}

/** What is not as it should be: a budget says what should be, a threshold what should not. */
function whatOf(condition: AlertCondition): string {
  const text = conditionText(condition)
  if (condition.kind === 'burn-rate') return `Wanted: ${text}.`
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

/** The worst figure. */
export function measuredOf({ condition, peak }: Told): string {
  return condition === null || peak === null ? 'nothing' : figureText(condition, peak)
}

export function mailOf(told: Told): AlertMail {
  return {
    headline: titleOf(told),
    summary: textOf(told),
    measured: measuredOf(told),
    link: told.url,
    atMs: told.beganAt,
  }
}

/** What a webhook of our own is told. */
export function webhookBody(told: Told): WebhookNotice {
  const { kind, incidentId, project, environment, rule, severity, beganAt, firedAt, endedAt, peak, url } =
    told
  return {
    kind,
    incident: incidentId,
    project,
    environment,
    rule,
    severity,
    title: titleOf(told),
    text: textOf(told),
    beganAt,
    firedAt,
    endedAt,
    peak,
    url,
  }
}

/**
 * What an incoming webhook of Slack takes.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function slackBody(told: Told): object {
  const title = escapeSlack(titleOf(told))
  const facts = escapeSlack(`${textOf(told)}\nMeasured: ${measuredOf(told)}`)
  return {
    // Shown in notifications, where blocks are not.
    text: title,
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: `${slackSign(told)} *${title}*\n${facts.slice(0, 2500)}\n<${told.url}|Look at the alerts>`,
        },
      },
    ],
  }
}

function slackSign({ kind, severity }: Told): string {
  if (kind === 'resolved' || kind === 'test') return ':large_green_circle:'
  return severity === 'page' ? ':red_circle:' : ':large_yellow_circle:'
}

/** `<!channel>` would wake everybody. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const [red, yellow, green] = [0xd92d20, 0xdc9a10, 0x2e9e5b] as const

/**
 * What a webhook of Discord takes.
 * @see https://docs.discord.com/developers/resources/webhook#execute-webhook
 */
export function discordBody(told: Told): object {
  const { kind, severity, beganAt, url } = told
  const isGood = kind === 'resolved' || kind === 'test'
  return {
    username: 'CloudBox',
    embeds: [
      {
        title: titleOf(told).slice(0, 256),
        description: textOf(told).slice(0, 2000),
        url,
        color: isGood ? green : severity === 'page' ? red : yellow,
        fields: [{ name: 'Measured', value: measuredOf(told) }],
        timestamp: new Date(beganAt).toISOString(),
      },
    ],
    // A name in it wakes nobody.
    allowed_mentions: { parse: [] },
  }
}
