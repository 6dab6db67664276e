import {
  AlertChannel,
  alertsProblems,
  ChannelChange,
  ChannelDraft,
  ChannelsReply,
  TestReply,
  type ChannelKind,
} from '@cloudbox/protocol/alerts'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { sql } from '../../../kernel/sql.ts'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import type { AlertsDeps } from '../deps.ts'
import { pageOf, secretsOf, sendOver } from '../notices/deliver.ts'
import { NotDelivered } from '../notices/send.ts'
import { mailOf, type Told } from '../notices/words.ts'
import { definitionOf } from '../rules/default-rules.ts'
import { lockRules, readRules, saveRule } from '../rules/stored-rules.ts'
import {
  checkAddress,
  findChannel,
  listChannels,
  makeSigningSecret,
  noteDelivery,
  openChannel,
  saveChannel,
  showChannel,
  unknownChannel,
  type Channel,
  type ChannelSecrets,
} from './stored-channels.ts'

const hidden = '•••'

/** Whom alerts of an environment are told. */
export function channelRoutes(deps: AlertsDeps): Route[] {
  const { db, vault, config, authorOf, mails, publicUrl } = deps
  const find = async (environment: Environment, id: string): Promise<Channel> => {
    const channel = await findChannel(db, id)
    if (channel?.environmentId !== environment.id) throw unknownChannel(id)
    return channel
  }
  return [
    route(
      'GET /alerts/channels',
      {
        summary: 'Whom alerts are told, and how that went',
        access: 'secret',
        permission: 'alerts.read',
        reply: ChannelsReply,
      },
      async ({ environment }) => ({ json: { channels: await listChannels(db, environment.id) } }),
    ),
    route(
      'POST /alerts/channels',
      {
        summary: 'Tell alerts to somebody else, too',
        access: 'secret',
        permission: 'alerts.change',
        body: ChannelDraft,
        reply: AlertChannel,
        problems: [alertsProblems['invalid-channel'], alertsProblems['too-many']],
      },
      async request => {
        const { environment, body, origin } = request
        const { kind, name, address, isOn = true } = body
        checkAddress(kind, address, environment.dev)
        checkSecret(kind, body.secret)
        const signingSecret = kind === 'webhook' ? (body.secret ?? makeSigningSecret()) : undefined
        const channel = { id: uuidV7(), environmentId: environment.id, kind, name, isOn, origin }
        await db.transaction(async tx => {
          await lockRules(tx, environment.id)
          if ((await listChannels(tx, environment.id)).length >= config.mostChannels)
            throw new Problem(
              alertsProblems['too-many'],
              `An environment has at most ${config.mostChannels} channels.`,
            )
          await saveChannel(tx, vault, channel, { address, ...(signingSecret && { signingSecret }) })
          const after = { kind, name, address: hidden, isOn }
          await authorOf(request).record(tx, { action: 'alert-channel.created', subject: channel.id, after })
        })
        const made = await showChannel(db, environment.id, channel.id)
        return { status: 201, json: signingSecret === undefined ? made : { ...made, secret: signingSecret } }
      },
    ),
    route(
      'PATCH /alerts/channels/:channel',
      {
        summary: 'Change a channel',
        description: 'What is not named stays, its address and secret among it.',
        access: 'secret',
        permission: 'alerts.change',
        body: ChannelChange,
        reply: AlertChannel,
        problems: [alertsProblems['not-found'], alertsProblems['invalid-channel']],
      },
      async request => {
        const { environment, params, body, origin } = request
        const before = await find(environment, params.channel)
        if (body.address !== undefined) checkAddress(before.kind, body.address, environment.dev)
        checkSecret(before.kind, body.secret)
        const after = { ...before, name: body.name ?? before.name, isOn: body.isOn ?? before.isOn, origin }
        await db.transaction(async tx => {
          const known = knownSecrets(deps, before, body.address)
          const secrets = {
            ...known,
            ...(body.address !== undefined && { address: body.address }),
            ...(body.secret !== undefined && { signingSecret: body.secret }),
          }
          await saveChannel(tx, vault, after, secrets)
          await authorOf(request).record(tx, {
            action: 'alert-channel.changed',
            subject: before.id,
            before: { name: before.name, isOn: before.isOn },
            after: {
              name: after.name,
              isOn: after.isOn,
              ...(body.address !== undefined && { address: hidden }),
              ...(body.secret !== undefined && { secret: hidden }),
            },
          })
        })
        return { json: await showChannel(db, environment.id, before.id) }
      },
    ),
    route(
      'DELETE /alerts/channels/:channel',
      {
        summary: 'Tell alerts to somebody no more',
        description:
          'Rules that name the channel no longer do. A rule that named no other tells nobody until it is given another one.',
        access: 'secret',
        permission: 'alerts.change',
        problems: [alertsProblems['not-found']],
      },
      async request => {
        const { environment, params } = request
        const { id, kind, name } = await find(environment, params.channel)
        await db.transaction(async tx => {
          await lockRules(tx, environment.id)
          for (const rule of await readRules(tx, environment.id)) {
            if (!rule.channels?.includes(id)) continue
            const before = definitionOf(rule)
            // One that named no other tells nobody now: null would be everybody.
            const after = { ...before, channels: rule.channels.filter(one => one !== id) }
            await saveRule(tx, environment.id, rule.id, after)
            const told = { subject: rule.id, before, after }
            await authorOf(request).record(tx, { action: 'alert-rule.changed', ...told })
          }
          await tx.query(sql`delete from cloudbox.alerts_channels where id = ${id}`)
          const before = { kind, name }
          await authorOf(request).record(tx, { action: 'alert-channel.removed', subject: id, before })
        })
        return { status: 204 }
      },
    ),
    route(
      'POST /alerts/channels/:channel/test',
      {
        summary: 'Try a channel now',
        description: 'Sends what alerts look like, and answers how that went.',
        access: 'secret',
        permission: 'alerts.change',
        reply: TestReply,
        problems: [alertsProblems['not-found']],
      },
      async request => {
        const { environment, params, origin } = request
        const channel = await find(environment, params.channel)
        const now = deps.clock.now()
        const told: Told = {
          kind: 'test',
          incidentId: null,
          project: environment.project,
          environment: environment.name,
          rule: null,
          condition: null,
          severity: 'ticket',
          beganAt: now,
          firedAt: now,
          endedAt: null,
          isRuleChanged: false,
          peak: null,
          at: now,
          url: pageOf(publicUrl ?? origin, environment),
        }
        const reason = await failureOf(async () => {
          if (channel.kind === 'email' && !(await mails.canSend(environment)))
            throw new NotDelivered('no mail server is set in the settings of accounts', undefined)
          if (channel.kind !== 'email') await sendOver(deps, environment, channel, told, uuidV7())
        })
        await db.transaction(async tx => {
          if (channel.kind === 'email' && reason === null)
            await mails.enqueue(tx, environment, secretsOf(deps, channel).address, mailOf(told))
          await noteDelivery(tx, channel.id, reason)
          const after = { isDelivered: reason === null }
          await authorOf(request).record(tx, { action: 'alert-channel.tested', subject: channel.id, after })
        })
        return { json: { isDelivered: reason === null, reason } satisfies TestReply }
      },
    ),
  ]
}

/** Why it did not arrive; null: it did. */
async function failureOf(send: () => Promise<void>): Promise<string | null> {
  try {
    await send()
    return null
  } catch (error) {
    if (error instanceof NotDelivered) return error.message
    throw error
  }
}

function checkSecret(kind: ChannelKind, secret: string | undefined): void {
  if (secret === undefined || kind === 'webhook') return
  const message = `nothing is signed for ${kind}`
  throw new Problem(alertsProblems['invalid-channel'], `/secret: ${message}`, {
    errors: [{ at: '/secret', message }],
  })
}

/** What is sealed in it; where another master key has sealed it, a new address begins anew. */
function knownSecrets({ vault }: AlertsDeps, channel: Channel, address: string | undefined): ChannelSecrets {
  try {
    return openChannel(vault, channel)
  } catch (error) {
    if (address === undefined)
      throw new Problem(
        alertsProblems['invalid-channel'],
        'This channel was sealed with another master key.',
        { hint: 'Set its address again.', cause: error },
      )
    return { address, ...(channel.kind === 'webhook' && { signingSecret: makeSigningSecret() }) }
  }
}
