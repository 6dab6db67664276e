import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '../../../kernel/sql.ts'
import { mailFixture, verifyMail } from './testing/mail-fixture.ts'
import { startSmtpSink } from './testing/smtp-sink.ts'

const mailFrom = 'Tom & Co <no-reply@example.com>'
const optional = '?tls=optional'

test('a mail goes out over SMTP after the commit, and its secrets are gone', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t, { dev: false }), startSmtpSink(t)])
  const smtpUrl = `${sink.url.replace('//', '//ada%40example.com:p%3Aw@')}${optional}`
  const mailer = mails.mailer({ smtpUrl, mailFrom })
  await mailer.send(mails.environment, verifyMail)
  const [waiting] = await mails.queue()
  assert.ok(!String(waiting!.content).includes('secret-token'))

  mailer.wake(mails.environment)
  await mailer.stop()
  const login = Buffer.from('\0ada@example.com\0p:w').toString('base64')
  assert.ok(sink.commands.includes(`AUTH PLAIN ${login}`), sink.commands.join('\n'))
  const [mail] = sink.received
  assert.deepEqual([mail?.from, mail?.to], ['no-reply@example.com', ['ada@example.com']])
  for (const header of [
    /^From: "?Tom & Co"? <no-reply@example.com>$/m,
    /^To: ada@example.com$/m,
    /^Subject: =\?UTF-8\?.*E-Mail-Adresse/m,
    /^Message-ID: <[0-9a-f-]{36}@example.com>$/m,
    /^Auto-Submitted: auto-generated$/m,
    /^Content-Language: de$/m,
  ])
    assert.match(mail!.source, header)
  const [sent] = await mails.queue()
  assert.deepEqual([sent!.isSent, sent!.isEmpty, sent!.attempts], [true, true, 1])
})

test('a mail of a transaction that is rolled back is never sent', async t => {
  const mails = await mailFixture(t)
  const mailer = mails.mailer()
  const failing = mails.db.transaction(async tx => {
    await mailer.enqueue(tx, mails.environment, verifyMail)
    throw new Error('no')
  })
  await assert.rejects(failing, /no/)
  assert.deepEqual(await mails.queue(), [])
})

test('a process that ends between commit and sending loses nothing', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  const settings = { smtpUrl: sink.url, mailFrom }
  const killed = mails.mailer(settings)
  await killed.send(mails.environment, verifyMail)
  await killed.stop()
  mails.mailer(settings).wake(mails.environment)
  await sink.until(1)
})

test('a process that ends while it sends is replaced when its lease is over', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  const killed = mails.mailer({}, { leaseMs: 300 })
  const taken = Promise.withResolvers<void>()
  killed.takeOver({
    takes: () => true,
    send: () => {
      taken.resolve()
      return new Promise(() => {})
    },
  })
  await killed.send(mails.environment, verifyMail)
  killed.wake(mails.environment)
  await taken.promise
  // It finds nothing to do now, and looks again when the lease is over.
  mails.mailer({ smtpUrl: sink.url, mailFrom }).wake(mails.environment)
  await sink.until(1)
})

test('two processes send every mail once', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  const settings = { smtpUrl: sink.url, mailFrom }
  const [one, other] = [mails.mailer(settings), mails.mailer(settings)]
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      one.send(mails.environment, { ...verifyMail, to: `user${i}@example.com` }),
    ),
  )
  for (const mailer of [one, other, one, other]) mailer.wake(mails.environment)
  await sink.until(30)
  await Promise.all([one.stop(), other.stop()])
  assert.equal(new Set(sink.received.map(({ to }) => to[0])).size, 30)
  assert.equal(sink.received.length, 30)
  assert.ok((await mails.queue()).every(({ isSent, attempts }) => isSent === true && attempts === 1))
})

test('what the server cannot take now is tried five times, then kept with the reason and without its link', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  const settings = { smtpUrl: sink.url, mailFrom }
  await mails.mailer(settings).send(mails.environment, verifyMail)
  for (let attempt = 1; attempt <= 5; attempt++) {
    sink.refusals.push('451 too much to do')
    await mails.hurry()
    const mailer = mails.mailer(settings)
    mailer.wake(mails.environment)
    await mailer.stop()
    const [row] = await mails.queue()
    assert.match(String(row!.reason), /too much to do/)
    const isLast = attempt === 5
    assert.deepEqual([row!.attempts, row!.isFailed, row!.isEmpty], [attempt, isLast, isLast])
    assert.equal(row!.isLater, isLast ? null : true)
  }
  assert.equal(sink.received.length, 0)
})

test('what the server never takes is given up at once', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  const mailer = mails.mailer({ smtpUrl: sink.url, mailFrom })
  sink.refusals.push('550 no such user')
  await mailer.send(mails.environment, verifyMail)
  mailer.wake(mails.environment)
  await mailer.stop()
  const [row] = await mails.queue()
  assert.deepEqual([row!.attempts, row!.isFailed, row!.isEmpty], [1, true, true])
})

test('without TLS neither password nor mail leaves an environment that is not for development', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t, { dev: false }), startSmtpSink(t)])
  const mailer = mails.mailer({ smtpUrl: sink.url.replace('//', '//ada:password@'), mailFrom })
  await mailer.send(mails.environment, verifyMail)
  mailer.wake(mails.environment)
  await mailer.stop()
  const [row] = await mails.queue()
  assert.match(String(row!.reason), /TLS/)
  assert.ok(
    sink.commands.every(line => !/^(AUTH|MAIL|DATA)/.test(line)),
    sink.commands.join('\n'),
  )
})

test('an environment that is not for development needs SMTP, for known and unknown addresses alike', async t => {
  const mails = await mailFixture(t, { dev: false })
  const mailer = mails.mailer()
  const refused = { code: 'auth/mail-not-configured' }
  await assert.rejects(mailer.checkReady(mails.environment), refused)
  await assert.rejects(mailer.send(mails.environment, verifyMail), refused)
  await assert.rejects(
    mails.db.transaction(tx => mailer.pretend(tx, mails.environment)),
    refused,
  )
  assert.deepEqual(await mails.queue(), [])
})

test('a second recipient or a header in the address is refused', async t => {
  const mails = await mailFixture(t)
  const mailer = mails.mailer()
  for (const to of ['a@example.com\r\nBcc: eve@example.com', 'a@example.com, eve@example.com']) {
    const sending = mailer.send(mails.environment, { ...verifyMail, to })
    await assert.rejects(sending, { code: 'auth/invalid-address' })
  }
  const variables = { link: 'javascript:alert(1)', expiresInSeconds: 60 }
  await assert.rejects(mailer.send(mails.environment, { ...verifyMail, variables }))
  assert.deepEqual(await mails.queue(), [])
})

test('a pretended mail leaves a row of the same size, which is gone when its turn has come', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  const mailer = mails.mailer({ smtpUrl: sink.url, mailFrom })
  await mails.db.transaction(tx => mailer.pretend(tx, mails.environment))
  const [row] = await mails.queue()
  assert.deepEqual([row!.recipient, row!.isEmpty], [null, false])
  mailer.wake(mails.environment)
  await mailer.stop()
  assert.deepEqual(await mails.queue(), [])
  assert.deepEqual(sink.commands, [])
})

test('another way may take the mails over, and give them back', async t => {
  const mails = await mailFixture(t, { dev: false })
  const subjects: string[] = []
  const mailer = mails.mailer({ appName: 'Shop' })
  const giveBack = mailer.takeOver({
    takes: environment => environment.id === 'env',
    send: async (_environment, mail) => void subjects.push(mail.subject),
  })
  await mailer.send(mails.environment, { ...verifyMail, kind: 'magic-link', languages: [] })
  mailer.wake(mails.environment)
  giveBack()
  await assert.rejects(mailer.send(mails.environment, verifyMail), { code: 'auth/mail-not-configured' })
  const again = mails.mailer({ appName: 'Shop' })
  again.takeOver({ takes: () => true, send: async (_environment, mail) => void subjects.push(mail.subject) })
  await mailer.stop()
  await mails.hurry()
  again.wake(mails.environment)
  await again.stop()
  assert.deepEqual(subjects, ['Your link to sign in to Shop'])
})

test('a mail that was sealed with another master key is given up, and the others go', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  const mailer = mails.mailer({ smtpUrl: sink.url, mailFrom })
  await mailer.send(mails.environment, verifyMail)
  await mails.db.query(sql`update mails.auth_mail_queue set content = content || 'x'`)
  await mailer.send(mails.environment, { ...verifyMail, to: 'bob@example.com' })
  mailer.wake(mails.environment)
  await sink.until(1)
  await mailer.stop()
  const rows = await mails.queue()
  assert.deepEqual(
    rows.map(({ isSent, isFailed }) => [isSent, isFailed]),
    [
      [false, true],
      [true, false],
    ],
  )
})

test('a dev environment without SMTP keeps its mails in the mailbox, the last 200', async t => {
  const mails = await mailFixture(t)
  const mailer = mails.mailer()
  await mails.db.query(sql`
    insert into mails.auth_mailbox (id, recipient, kind, language, subject, html, text)
    select gen_random_uuid(), 'a@example.com', 'invite', 'en', n::text, '', '' from generate_series(1, 200) n`)
  await mailer.send(mails.environment, verifyMail)
  mailer.wake(mails.environment)
  await mailer.stop()
  const [row] = await mails.db.query(sql`
    select count(*)::int as count, min(subject::int) filter (where kind = 'invite') as oldest,
      max(link) as link from mails.auth_mailbox`)
  assert.deepEqual(row, { count: 200, oldest: 2, link: verifyMail.variables.link })
})

for (const dev of [true, false]) {
  test(`an inert environment sends nothing outside, whatever is set, and keeps its mails in the mailbox (dev: ${dev})`, async t => {
    const [mails, sink] = await Promise.all([mailFixture(t, { dev, inert: true }), startSmtpSink(t)])
    const outside: unknown[] = []
    const mailer = mails.mailer({ smtpUrl: sink.url + optional, mailFrom })
    mailer.takeOver({ takes: () => true, send: async (...sent) => void outside.push(sent) })
    await mailer.send(mails.environment, verifyMail)
    mailer.wake(mails.environment)
    await mailer.stop()
    const plain = mails.mailer({ smtpUrl: sink.url + optional, mailFrom })
    await plain.send(mails.environment, { ...verifyMail, to: 'bob@example.com' })
    plain.wake(mails.environment)
    await plain.stop()

    const kept = await mails.db.query(sql`select recipient from mails.auth_mailbox order by number`)
    assert.deepEqual(kept, [{ recipient: 'ada@example.com' }, { recipient: 'bob@example.com' }])
    assert.ok((await mails.queue()).every(({ isSent }) => isSent))
    assert.deepEqual([outside, sink.commands], [[], []])
  })
}

test('a mail that waits for another attempt stays inside when its environment has become inert meanwhile', async t => {
  const [mails, sink] = await Promise.all([mailFixture(t), startSmtpSink(t)])
  let inert = false
  const mailer = mails.mailer(
    { smtpUrl: sink.url, mailFrom },
    { current: environment => ({ ...environment, inert }) },
  )
  await mailer.send(mails.environment, verifyMail)
  inert = true
  mailer.wake(mails.environment)
  await mailer.stop()
  assert.deepEqual([sink.received, (await mails.queue())[0]!.isSent], [[], true])
})

test('an environment that is not for development needs no SMTP while it is inert', async t => {
  const mails = await mailFixture(t, { dev: false, inert: true })
  await mails.mailer().checkReady(mails.environment)
})
