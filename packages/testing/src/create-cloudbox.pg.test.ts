import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { createClient, type Client } from '@cloudbox/client'
import { createCloudBox } from './create-cloudbox.ts'
import { here, schema, type Schema } from './testing/todos.ts'

const box = await createCloudBox({ ...here, schema, after })

afterEach(() => box.reset())

const titles = (rows: readonly { title: string }[]) => rows.map(({ title }) => title).toSorted()
const todosOf = async (client: Client<Schema>) =>
  (await client.collection('todos').select('*').orThrow()).data
const notesOf = async (client: Client<Schema>) =>
  (await client.collection('notes').select('*').orThrow()).data

test('users are real ones: policies see who they are and what they claim', async () => {
  const [ada, bob] = await Promise.all([
    box.as('ada'),
    box.as({ email: 'bob@example.com', claims: { team: 'sales' } }),
  ])
  await ada
    .collection('todos')
    .insert([{ title: 'Milk' }, { title: 'Offer', team: 'sales' }])
    .orThrow()
  assert.deepEqual(titles(await todosOf(ada)), ['Milk', 'Offer'])
  assert.deepEqual(titles(await todosOf(bob)), ['Offer'])
  assert.deepEqual(await todosOf(box.client()), [])
  assert.equal(
    (await box.client().collection('todos').insert({ title: 'No' })).error?.code,
    'data/not-allowed',
  )
  const me = (await ada.auth.getUser()).data?.user
  assert.equal(me?.email, 'ada@example.com')
  const again = await box.as('ada')
  assert.equal((await again.auth.getUser()).data?.user?.id, me?.id, 'the same person on another device')
})

test('who exists already is not made anew with other claims', async () => {
  await box.as({ email: 'bob@example.com', claims: { team: 'sales' } })
  await assert.rejects(box.as({ email: 'bob@example.com', claims: { team: 'lab' } }), /auth\/account-exists/)
})

test('the client of an app reaches the box by its address and key', async () => {
  const client = createClient<Schema>(box.url, box.publishableKey)
  await box.admin.collection('notes').insert({ text: 'Hello' }).orThrow()
  assert.deepEqual(
    (await notesOf(client)).map(({ text }) => text),
    ['Hello'],
  )
  client.close()
})

test('sessions end when their time has passed', async () => {
  const ada = await box.as('ada')
  await box.clock.advance('2h')
  // Her token ended an hour ago; the session has not, and gets her another.
  await ada.collection('todos').insert({ title: 'Still here' }).orThrow()
  await box.clock.advance('400d')
  const { error } = await ada.collection('todos').insert({ title: 'Too late' })
  assert.equal(error?.status, 401)
  const later = await box.as('ada')
  const { data } = await later.collection('todos').insert({ title: 'Signed in again' }).orThrow()
  const aheadDays = (Date.parse(data.createdAt) - Date.now()) / 86_400_000
  assert.equal(Math.round(aheadDays), 400, 'documents are of the time of the box')
  assert.equal(Math.round((box.clock.now().getTime() - Date.now()) / 86_400_000), 400)
})

test('policies, and the order of ids, go with the time of the box', async () => {
  const due = new Date(Date.now() + 3_600_000).toISOString()
  await box.admin.collection('todos').insert({ title: 'Later', due }).orThrow()
  const visitor = box.client()
  assert.deepEqual(await todosOf(visitor), [])
  await box.clock.advance('61m')
  await box.admin.collection('todos').insert({ title: 'Last', due }).orThrow()
  assert.deepEqual(
    (await visitor.collection('todos').select('*').orderBy('id').orThrow()).data.map(({ title }) => title),
    ['Later', 'Last'],
  )
  await box.clock.set('2001-01-01T00:00:00Z')
  assert.equal(box.clock.now().getUTCFullYear(), 2001)
  assert.deepEqual(await todosOf(visitor), [])
  await assert.rejects(box.clock.advance('a while'), /write 1d/)
  await assert.rejects(box.clock.set('soon'), /no moment/)
})

test('a live connection hears when its token has ended', async () => {
  const ada = await box.as('ada')
  const heard: string[][] = []
  const stop = ada.collection('todos').subscribe(({ data }) => heard.push(titles(data ?? [])))
  await until(() => heard.length > 0)
  await box.clock.advance('400d')
  await until(() => ada.connection.status === 'offline')
  stop()
})

test('mails are there to be read: links and codes are taken out', async () => {
  const visitor = box.client()
  await visitor.auth.signInWithOtp({ email: 'eve@example.com', kind: 'code' })
  const mail = await box.mails.last({ to: 'Eve@example.com' })
  assert.equal(mail?.kind, 'email-code')
  assert.ok(mail.text.includes(mail.code!))
  const { data } = await visitor.auth.verifyOtp({ email: 'eve@example.com', code: mail.code! })
  assert.equal(data?.user?.email, 'eve@example.com')
  await visitor.auth.signInWithOtp({ email: 'max@example.com', kind: 'link' })
  assert.match((await box.mails.waitFor({ to: 'max@example.com' })).link!, /^http:\/\/localhost/)
  assert.deepEqual(
    (await box.mails.all()).map(({ to }) => to),
    ['eve@example.com', 'max@example.com'],
  )
  await box.mails.clear()
  assert.equal(await box.mails.last(), undefined)
  await assert.rejects(box.mails.waitFor({ to: 'nobody@example.com' }, { timeout: 50 }), /mailbox is empty/)
})

test('a code that was mailed too long ago is none', async () => {
  const visitor = box.client()
  await visitor.auth.signInWithOtp({ email: 'eve@example.com', kind: 'code' })
  const { code } = await box.mails.waitFor()
  await box.clock.advance('1d')
  const { error } = await visitor.auth.verifyOtp({ email: 'eve@example.com', code: code! })
  assert.notEqual(error, null)
})

test('the network can be down: clients notice, live queries catch up, the admin goes on', async () => {
  const visitor = box.client()
  const heard: string[][] = []
  const stop = visitor
    .collection('notes')
    .subscribe(({ data }) => heard.push((data ?? []).map(note => note.text!)))
  await until(() => heard.length > 0)
  box.net.drop()
  await until(() => visitor.connection.status === 'offline')
  assert.notEqual((await visitor.collection('notes').select('*')).error, null)
  await box.admin.collection('notes').insert({ text: 'Written meanwhile' }).orThrow()
  box.net.restore()
  await until(() => heard.at(-1)?.[0] === 'Written meanwhile')
  assert.equal((await notesOf(visitor)).length, 1)
  stop()
})

test('a reset leaves structure and nothing else, and ends sessions', async () => {
  const ada = await box.as('ada')
  const { data: todo } = await ada.collection('todos').insert({ title: 'Milk' }).orThrow()
  await box.admin.collection('notes').insert({ todo: todo.id, text: 'Of Ada' }).orThrow()
  await box.clock.advance('30d')
  box.net.drop()
  await box.reset()
  assert.deepEqual(await todosOf(box.admin), [])
  assert.deepEqual((await box.admin.collection('users').select('*').orThrow()).data, [])
  assert.equal((await ada.collection('todos').select('*')).error?.status, 401)
  assert.ok(Math.abs(box.clock.now().getTime() - Date.now()) < 60_000)
  await (await box.as('ada')).collection('todos').insert({ title: 'Again' }).orThrow()
})

test('boxes know nothing of each other, and their clocks neither', async () => {
  await using other = await createCloudBox({ ...here, schema })
  await other.clock.advance('1d')
  await other.admin.collection('notes').insert({ text: 'Over there' }).orThrow()
  assert.deepEqual(await notesOf(box.admin), [])
  assert.notEqual(other.url, box.url)
  const client = createClient(box.url, other.publishableKey)
  assert.equal((await client.collection('notes').select('*')).error, null, 'keys are the same in every box')
  client.close()
})

test('collections may point to each other', async () => {
  const cyclic = [
    { name: 'teams', fields: { lead: { type: 'relation', to: 'members' } } },
    { name: 'members', fields: { team: { type: 'relation', to: 'teams' } } },
  ] as const
  await using other = await createCloudBox({ ...here, schema: cyclic })
  const { data: team } = await other.admin.collection('teams').insert({}).orThrow()
  await other.admin.collection('members').insert({ team: team.id }).orThrow()
  await other.reset()
  assert.deepEqual((await other.admin.collection('members').select('*').orThrow()).data, [])
})

test('a schema that makes no sense is told with its place', async () => {
  const wrong = [{ name: 'things', fields: { of: { type: 'relation', to: 'nothing' } } }] as const
  await assert.rejects(createCloudBox({ ...here, schema: wrong }), /data\/invalid-collection[\s\S]*of/)
})

async function until(isSo: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  while (!isSo()) {
    if (signal.aborted) throw new Error('it never came about')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
