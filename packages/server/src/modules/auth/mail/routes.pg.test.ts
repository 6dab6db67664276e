import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxMessage, MailTemplateList, MailTemplateView } from '@cloudbox/protocol/auth-mail'
import { builtInLanguages } from './built-in.ts'
import { mailKinds } from './kinds.ts'
import { mailFixture, verifyMail } from './testing/mail-fixture.ts'
import { serveMail } from './testing/serve-mail.ts'

const secret = { apikey: 'secret' }

async function withOneMail(t: Parameters<typeof mailFixture>[0]) {
  const mails = await mailFixture(t)
  const url = await serveMail(t, mails)
  const mailer = mails.mailer()
  await mailer.send(mails.environment, verifyMail)
  mailer.wake(mails.environment)
  await mailer.stop()
  return { mails, url, messages: `${url}/auth/mailbox/messages` }
}

test('the mailbox tells its mails, each with its link, and can be emptied', async t => {
  const { messages } = await withOneMail(t)
  const list = (await (await fetch(messages)).json()) as { messages: MailboxMessage[] }
  const [entry] = list.messages
  assert.deepEqual(
    [list.messages.length, entry?.to, entry?.kind, entry?.language, entry?.link, entry?.code],
    [1, 'ada@example.com', 'verify-email', 'de', verifyMail.variables.link, null],
  )
  assert.ok(Math.abs(Date.parse(entry!.at) - Date.now()) < 60_000)
  const mail = (await (await fetch(`${messages}/${entry!.id}`)).json()) as MailboxMessage
  assert.equal(mail.subject, 'Bestätige deine E-Mail-Adresse')
  assert.ok(mail.html.includes(verifyMail.variables.link) && mail.text.includes(verifyMail.variables.link))

  assert.equal((await fetch(messages, { method: 'DELETE' })).status, 204)
  assert.deepEqual(await (await fetch(messages)).json(), { messages: [] })
  const gone = await fetch(`${messages}/${entry!.id}`)
  assert.deepEqual([gone.status, ((await gone.json()) as { code: string }).code], [404, 'auth/unknown-mail'])
})

test('a list that has not changed is not sent again', async t => {
  const { messages } = await withOneMail(t)
  const etag = (await fetch(messages)).headers.get('etag') ?? ''
  assert.equal((await fetch(messages, { headers: { 'if-none-match': etag } })).status, 304)
  await fetch(messages, { method: 'DELETE' })
  assert.equal((await fetch(messages, { headers: { 'if-none-match': etag } })).status, 200)
})

test('who does not sit at this computer needs the secret key', async t => {
  const { messages } = await withOneMail(t)
  const elsewhere = { 'x-forwarded-for': '203.0.113.7' }
  for (const from of [elsewhere, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }]) {
    for (const [path, method] of [
      ['', 'GET'],
      ['/0', 'GET'],
      ['', 'DELETE'],
    ] as const) {
      const ask = (more: Record<string, string>) =>
        fetch(messages + path, { method, headers: { ...from, ...more } }).then(({ status }) => status)
      assert.equal(await ask({}), 401)
      assert.equal(await ask({ apikey: 'publishable' }), 403)
    }
    assert.equal((await fetch(messages, { headers: { ...from, ...secret } })).status, 200)
  }
})

test('where real people get mails there is no mailbox, not even with the secret key', async t => {
  const mails = await mailFixture(t, { dev: false })
  const url = await serveMail(t, mails)
  for (const path of ['', '/messages', '/messages/1']) {
    const answer = await fetch(`${url}/auth/mailbox${path}`, { headers: secret })
    assert.equal(answer.status, 404, path)
  }
  assert.equal(
    (await fetch(`${url}/auth/mailbox/messages`, { method: 'DELETE', headers: secret })).status,
    404,
  )
})

test('an inert environment shows its mails as a dev one does', async t => {
  const mails = await mailFixture(t, { dev: false, inert: true })
  const url = await serveMail(t, mails)
  const mailer = mails.mailer()
  await mailer.send(mails.environment, verifyMail)
  mailer.wake(mails.environment)
  await mailer.stop()
  assert.equal((await fetch(`${url}/auth/mailbox`)).status, 200)
  const list = await fetch(`${url}/auth/mailbox/messages`)
  assert.equal(((await list.json()) as { messages: unknown[] }).messages.length, 1)
  const elsewhere = { 'x-forwarded-for': '203.0.113.7' }
  assert.equal((await fetch(`${url}/auth/mailbox/messages`, { headers: elsewhere })).status, 401)
})

test('the page comes with its files and lets no script of a mail run', async t => {
  const mails = await mailFixture(t)
  const url = await serveMail(t, mails)
  const page = await fetch(`${url}/auth/mailbox`)
  const policy = page.headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
    assert.ok(policy.includes(rule), rule)
  const html = await page.text()
  assert.match(html, /<title>shop\/dev · Mailbox<\/title>/)
  const files = [...html.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path!)
  assert.equal(files.length, 4)
  for (const file of files) assert.equal((await fetch(new URL(file, url))).status, 200, file)
  assert.equal((await fetch(`${url}/auth/mailbox/1/nothing.js`)).status, 404)
})

test('templates are listed, previewed, written, used and taken back', async t => {
  const mails = await mailFixture(t)
  const url = await serveMail(t, mails)
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}/auth/mail-templates${path}`, {
      method,
      headers: { ...secret, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return {
      status: answer.status,
      body: (answer.status === 204 ? undefined : await answer.json()) as unknown,
    }
  }
  const listed = async () => ((await ask('GET', '')).body as MailTemplateList).templates
  assert.equal((await listed()).length, mailKinds.length * builtInLanguages.length)

  const builtIn = (await ask('GET', '/magic-link?language=de-AT')).body as MailTemplateView
  assert.deepEqual([builtIn.language, builtIn.isOwn], ['de', false])
  assert.equal(builtIn.source.subject, 'Dein Link zur Anmeldung bei {{ appName }}')
  assert.equal(builtIn.preview.subject, 'Dein Link zur Anmeldung bei Tom & Co')
  assert.deepEqual(builtIn.variables, ['appName', 'email', 'link', 'expiresIn'])

  const own = { subject: 'Entrez, {{ email }}', html: '<a href="{{ link }}">Entrez</a>', text: '{{ link }}' }
  const written = await ask('PUT', '/magic-link?language=fr-FR', own)
  assert.equal(written.status, 200)
  assert.deepEqual((written.body as MailTemplateView).source, own)
  assert.equal((await listed()).filter(({ isOwn }) => isOwn).length, 1)

  const mailer = mails.mailer()
  const message = { ...verifyMail, kind: 'magic-link', languages: ['fr-FR, de'] } as const
  await mailer.send(mails.environment, message)
  mailer.wake(mails.environment)
  await mailer.stop()
  const { messages } = (await (await fetch(`${url}/auth/mailbox/messages`)).json()) as {
    messages: MailboxMessage[]
  }
  assert.deepEqual([messages[0]?.subject, messages[0]?.language], ['Entrez, ada@example.com', 'fr-fr'])

  assert.equal((await ask('DELETE', '/magic-link?language=fr-fr')).status, 204)
  assert.ok((await listed()).every(({ isOwn }) => !isOwn))
})

test('a template that cannot work, an unknown mail and a wrong key are refused', async t => {
  const mails = await mailFixture(t)
  const url = `${await serveMail(t, mails)}/auth/mail-templates`
  const put = async (path: string, body: object, headers: Record<string, string> = secret) => {
    const answer = await fetch(url + path, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return ((await answer.json()) as { code?: string }).code
  }
  const good = { subject: 'Hi', html: '{{ link }}', text: '{{ link }}' }
  assert.equal(await put('/magic-link', { ...good, text: '{{ lnik }} {{ link }}' }), 'auth/invalid-template')
  assert.equal(await put('/magic-link', { ...good, html: 'no link' }), 'auth/invalid-template')
  assert.equal(await put('/magic-link?language=..%2F', good), 'auth/invalid-template')
  assert.equal(await put('/constructor', good), 'auth/unknown-mail')
  assert.equal(await put('/magic-link', good, { apikey: 'publishable' }), 'platform/secret-key-needed')
  assert.equal(await put('/magic-link', good), undefined)
})
