import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { FinalError } from '../mail/final-error.ts'
import { sendByTwilio } from './twilio.ts'
import { sendToWebhook } from './webhook.ts'

const message = { id: '1', to: '+491701234567', text: '123456 is your code', code: '123456', language: 'en' }

/** Somebody who is asked, and what he answered. */
function asked(answer: Response) {
  const requests: Request[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    requests.push(new Request(input, init))
    return answer
  }
  return { fetch, requests }
}

test('Twilio gets a form, with the account and its token as Basic', async () => {
  const accountSid = `AC${'1'.repeat(32)}`
  const { fetch, requests } = asked(Response.json({ sid: 'SM1' }, { status: 201 }))
  await sendByTwilio(
    { provider: 'twilio', accountSid, secret: 'token', from: '+15005550006' },
    message,
    fetch,
  )
  const [request] = requests
  assert.equal(request!.url, `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages.json`)
  assert.equal(
    request!.headers.get('authorization'),
    `Basic ${Buffer.from(`${accountSid}:token`).toString('base64')}`,
  )
  const form = new URLSearchParams(await request!.text())
  assert.deepEqual(
    [...form],
    [
      ['To', message.to],
      ['Body', message.text],
      ['From', '+15005550006'],
    ],
  )
  const service = asked(Response.json({}, { status: 201 }))
  await sendByTwilio({ provider: 'twilio', accountSid, secret: 'token', from: 'MG1' }, message, service.fetch)
  assert.match(await service.requests[0]!.text(), /MessagingServiceSid=MG1$/)
})

test('what Twilio refuses is given up, what it cannot do now is tried again', async () => {
  const settings = {
    provider: 'twilio',
    accountSid: `AC${'1'.repeat(32)}`,
    secret: 't',
    from: '+1500',
  } as const
  const refused = asked(Response.json({ code: 21211, message: 'Invalid To' }, { status: 400 }))
  await assert.rejects(sendByTwilio(settings, message, refused.fetch), error => {
    assert.ok(error instanceof FinalError)
    assert.match(error.message, /400, error 21211/)
    return true
  })
  for (const status of [429, 503]) {
    const busy = asked(new Response('', { status }))
    await assert.rejects(sendByTwilio(settings, message, busy.fetch), error => !(error instanceof FinalError))
  }
})

test('a webhook gets the message, signed with the time', async () => {
  const { fetch, requests } = asked(new Response(null, { status: 204 }))
  const secret = 'a secret of sixteen'
  await sendToWebhook({ provider: 'webhook', url: 'https://example.com/sms', secret }, message, fetch)
  const body = await requests[0]!.text()
  assert.deepEqual(JSON.parse(body), message)
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(requests[0]!.headers.get('x-cloudbox-signature')!)!
  assert.equal(v1, createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'))
})
