import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { join, setUpOwner, type TestOperator } from '../../../testing/management.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import type { Promotion } from './promotions.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
const environments = '/projects/shop/environments'
const promotions = `${environments}/production/promotions`
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', environments, { name: 'production' })
const inProduction = (method: string, path: string, body?: unknown) =>
  owner.askIn('shop/production', method, path, body)
const inStaging = (method: string, path: string, body?: unknown) =>
  owner.askIn('shop/staging', method, path, body)
const code = ({ body }: { body: unknown }) => (body as { code?: string }).code
const notes = { title: { type: 'text' }, old: { type: 'integer' } }
const policies = { list: 'public("test")' }
await inProduction('POST', '/data/$collections', { name: 'notes', fields: notes, policies })
await inProduction('POST', '/data/notes', [
  { title: 'one', old: 1 },
  { title: 'two', old: 2 },
])
await inProduction('PATCH', '/auth/settings', { siteUrl: 'https://shop.example.com' })
await owner.ask('POST', environments, { name: 'staging', from: 'production' })
// What a feature changes.
await inStaging('PATCH', '/data/$collections/notes', {
  fields: { old: null, done: { type: 'boolean', default: false } },
  policies: { list: 'public("feature")' },
})
await inStaging('POST', '/data/$collections', { name: 'tags', fields: { name: { type: 'text' } } })
await inStaging('PATCH', '/auth/settings', { siteUrl: 'http://localhost:3000', passwordMinLength: 12 })
await owner.ask('PUT', `${environments}/staging/variables/REGION`, { value: 'eu' })
await owner.ask('PUT', `${environments}/staging/secrets/STRIPE_KEY`, { value: 'sk_test_1' })

const propose = async (by: TestOperator = owner) => {
  const answer = await by.ask('POST', promotions, { from: 'staging' })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body as Promotion
}
const rows = async () =>
  (
    (await inProduction('GET', '/data/notes?order=title')).body as {
      title: string
      old?: number
      done?: boolean
    }[]
  ).map(({ title, old, done }) => [title, old, done])
const structure = async () => {
  const { body } = await inProduction('GET', '/data/$collections')
  const { collections } = body as { collections: { name: string; fields: object; policies: object }[] }
  return JSON.stringify(collections.map(({ name, fields, policies: all }) => [name, fields, all]))
}
const before = { rows: await rows(), structure: await structure() }
const dan = await join(server, owner, 'acme', 'dan@example.com', 'developer')
let applied: Promotion

test('a proposal tells all that would change, is rehearsed, and changes nothing', async () => {
  const { plan, rehearsal, state } = await propose(dan)
  assert.equal(state, 'proposed')
  const sentences = plan.steps.map(({ sentence }) => sentence).join('\n')
  for (const part of [/tags/, /done/, /old/, /list/]) assert.match(sentences, part)
  assert.ok(plan.steps.some(({ isDestructive }) => isDestructive))
  assert.deepEqual(
    plan.settings.map(({ at, after: value }) => [at, value]),
    [['/passwordMinLength', 12]],
  )
  assert.deepEqual(plan.variables, [{ name: 'REGION', after: 'eu' }])
  assert.deepEqual(plan.missingSecrets, ['STRIPE_KEY'])
  assert.equal(rehearsal.failure, undefined)
  assert.equal(rehearsal.steps.length, plan.steps.length)
  assert.deepEqual({ rows: await rows(), structure: await structure() }, before)
})

test('it takes the permission to apply it', async () => {
  const list = async (by: TestOperator, query = '') =>
    (await by.ask('GET', `${promotions}${query}`)).body as { promotions: Promotion[]; mayApply: boolean }
  const {
    promotions: [proposal],
    mayApply,
  } = await list(dan)
  assert.deepEqual([mayApply, (await list(owner)).mayApply], [false, true])
  assert.deepEqual((await list(owner, '?state=applied')).promotions, [])
  assert.deepEqual((await list(owner, '?state=proposed')).promotions, [proposal])
  assert.deepEqual((await dan.ask('GET', `${promotions}/${proposal!.id}`)).body, proposal)
  assert.equal(code(await dan.ask('GET', `${promotions}/nothing`)), 'platform/not-found')
  const refused = await dan.ask('POST', `${promotions}/${proposal!.id}/apply`)
  assert.equal(code(refused), 'platform/not-allowed')
  assert.match((refused.body as { detail: string }).detail, /environments\.promote/)
  const answer = await owner.ask('POST', `${promotions}/${proposal!.id}/apply`)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  applied = answer.body as Promotion
  assert.equal(applied.state, 'applied')
  assert.equal(applied.appliedBy, owner.email)
  assert.deepEqual(await rows(), [
    ['one', undefined, false],
    ['two', undefined, false],
  ])
  assert.equal((await inProduction('GET', '/data/tags')).status, 200)
  const settings = (await inProduction('GET', '/auth/settings')).body as Record<string, unknown>
  assert.equal(settings.passwordMinLength, 12)
  assert.equal(settings.siteUrl, 'https://shop.example.com', 'what belongs to the place stays')
  const again = await owner.ask('POST', `${promotions}/${applied.id}/apply`)
  assert.ok([409].includes(again.status), JSON.stringify(again.body))
  const nothing = await owner.ask('POST', promotions, { from: 'staging' })
  assert.equal(code(nothing), 'platform/nothing-to-promote')
})

test('undoing it brings back structure, settings, configuration and the data that was thrown away', async () => {
  await inProduction('POST', '/data/notes', { title: 'zero', done: true })
  const answer = await owner.ask('POST', `${promotions}/${applied.id}/undo`)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  assert.equal((answer.body as Promotion).state, 'undone')
  assert.equal(await structure(), before.structure)
  assert.deepEqual(await rows(), [...before.rows, ['zero', null, undefined]])
  const settings = (await inProduction('GET', '/auth/settings')).body as Record<string, unknown>
  assert.equal(settings.passwordMinLength, 8)
  const { variables } = (await owner.ask('GET', `${environments}/production/variables`)).body as {
    variables: unknown[]
  }
  assert.deepEqual(variables, [])
  const twice = await owner.ask('POST', `${promotions}/${applied.id}/undo`)
  assert.equal(code(twice), 'platform/promotion-outdated')
})

test('what was reviewed is what is applied: a target that changed since refuses, and nothing is half done', async () => {
  const proposal = await propose()
  await owner.ask('PUT', `${environments}/production/variables/REGION`, { value: 'us' })
  const refused = await owner.ask('POST', `${promotions}/${proposal.id}/apply`)
  assert.equal(code(refused), 'platform/promotion-outdated')
  assert.equal(await structure(), before.structure)
  await owner.ask('DELETE', `${environments}/production/variables/REGION`)
  await inProduction('POST', '/data/$collections', { name: 'other', fields: { n: { type: 'integer' } } })
  const changed = await owner.ask('POST', `${promotions}/${proposal.id}/apply`)
  assert.equal(code(changed), 'data/structure-changed')
})

test('every step of it is in the audit, in order, without a secret', async () => {
  const { body } = await owner.ask('GET', '/organisations/acme/audit?action=promotion.*')
  const { entries } = body as { entries: { action: string; actor: { name: string }; after: object }[] }
  assert.deepEqual(
    entries.map(({ action, actor }) => [action, actor.name]),
    [
      ['promotion.proposed', owner.email],
      ['promotion.undone', owner.email],
      ['promotion.applied', owner.email],
      ['promotion.proposed', dan.email],
    ],
  )
  assert.ok(!JSON.stringify(entries).includes('sk_test_1'))
  const verdict = (await owner.ask('GET', '/organisations/acme/audit/verify')).body as { isWhole: boolean }
  assert.equal(verdict.isWhole, true)
})
