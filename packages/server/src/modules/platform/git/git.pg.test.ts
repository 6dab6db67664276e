import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { join, setUpOwner, type TestOperator } from '../../../testing/management.ts'
import { startTestServer, type Answer } from '../../../testing/start-test-server.ts'
import type { GitReport } from '@cloudbox/protocol/platform-replies'
import { sql, type Sql } from '../../../kernel/sql.ts'
import { takeDelivery } from './deliveries.ts'
import * as payloads from './testing/payloads.ts'
import { fromAnywhere, signAnywhere, fromGithub, fromGitlab, type SignedDelivery } from './testing/sign.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
/** For what takes some milliseconds on an idle machine. */
const patienceMs = 60_000

interface Connection {
  readonly webhookUrl: string
  readonly secret: string
}

interface Shown {
  readonly from: string | null
  readonly branches: string[]
  readonly ignore: string[]
  readonly secret?: string
  readonly environments: { branch: string; environment: string }[]
  readonly lastDelivery: GitReport | null
  readonly lastFailure: GitReport | null
}

/** A project with an environment `live` that has a collection and a document. */
async function makeProject(name: string): Promise<void> {
  await owner.ask('POST', '/organisations/acme/projects', { name })
  await owner.ask('POST', `/projects/${name}/environments`, { name: 'live' })
  const fields = { title: { type: 'text' } }
  await owner.askIn(`${name}/live`, 'POST', '/data/$collections', { name: 'notes', fields })
  await owner.askIn(`${name}/live`, 'POST', '/data/notes', { title: 'one' })
}

async function connect(project: string, host: string, more: object = {}): Promise<Connection> {
  const { status, body } = await owner.ask('PUT', `/projects/${project}/git`, { host, from: 'live', ...more })
  assert.equal(status, 201, JSON.stringify(body))
  return body as Connection
}

async function show(project: string): Promise<Shown> {
  const { status, body } = await owner.ask('GET', `/projects/${project}/git`)
  assert.equal(status, 200, JSON.stringify(body))
  return body as Shown
}

async function deliver({ webhookUrl }: Connection, { headers, body }: SignedDelivery): Promise<Answer> {
  const response = await fetch(webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** Keeps what was told of a branch, without telling anybody to carry it out. */
async function keep({ webhookUrl }: Connection, branch: string, dueAt: Sql): Promise<void> {
  const connectionId = webhookUrl.split('/').at(-1)!
  await server.db.query(sql`
    insert into cloudbox.platform_git_deliveries
      (connection_id, key, received_at, request_id, event, branch, change, due_at)
    values (${connectionId}, ${Buffer.from(branch)}, now(), '1', 'push', ${branch}, 'make', ${dueAt})`)
}

/** Waits until everything that was told is done, or waits to be tried again. */
async function settled(): Promise<void> {
  const pending = {
    text: `select row_to_json(d)::text as row, now()::text from cloudbox.platform_git_deliveries d
      where due_at is not null and problem is null`,
    values: [],
  }
  for (const end = Date.now() + patienceMs; ; await delay(20)) {
    const rows = await server.db.query(pending)
    if (rows.length === 0) return
    assert.ok(Date.now() < end, `not done: ${JSON.stringify(rows)}`)
  }
}

/** Delivers and waits; what the answer says, and what the connection then shows. */
async function told(project: string, connection: Connection, delivery: SignedDelivery) {
  const { status, body } = await deliver(connection, delivery)
  assert.equal(status, 202, JSON.stringify(body))
  await settled()
  // The report comes after the end.
  let shown = await show(project)
  for (const end = Date.now() + patienceMs; shown.lastDelivery?.outcome === 'accepted'; await delay(20)) {
    assert.ok(Date.now() < end, `not reported: ${JSON.stringify(shown)}`)
    shown = await show(project)
  }
  return { answer: body as { outcome: string; reason?: string }, ...shown }
}

async function environments(project: string): Promise<string[]> {
  const { body } = await owner.ask('GET', `/projects/${project}/environments`)
  return (body as { environments: { name: string }[] }).environments.map(({ name }) => name)
}

const code = ({ body }: Answer) => (body as { code?: string }).code
const push = (ref: string) => ({ ...payloads.githubPush, ref: `refs/heads/${ref}` })

test('GitHub: a branch comes with its push and goes with its deletion, or when its pull request is closed', async () => {
  await makeProject('hub')
  const hub = await connect('hub', 'github', { repository: 'Acme/Shop', data: 'all' })
  assert.match(hub.secret, /^cb_git_[\w-]{43}$/)
  const tell = (event: string, payload: object) => told('hub', hub, fromGithub(hub.secret, event, payload))

  const made = await tell('push', payloads.githubPush)
  assert.equal(made.answer.outcome, 'accepted')
  const branch = 'feature/Login-Page'
  const environment = 'feature-login-page'
  assert.deepEqual(made.environments, [{ branch, environment }])
  assert.deepEqual(
    { ...made.lastDelivery, at: '' },
    { at: '', event: 'push', outcome: 'made', branch, environment },
  )
  const notes = await owner.askIn(`hub/${environment}`, 'GET', '/data/notes')
  assert.deepEqual(
    (notes.body as { title: string }[]).map(({ title }) => title),
    ['one'],
  )
  const shown = await owner.ask('GET', `/projects/hub/environments/${environment}`)
  const { branchOf, inert, dev } = shown.body as { branchOf: string; inert: boolean; dev: boolean }
  assert.deepEqual({ branchOf, inert, dev }, { branchOf: 'live', inert: true, dev: true })

  const again = await tell('push', { ...payloads.githubPush, after: 'f'.repeat(40) })
  assert.equal(again.lastDelivery!.outcome, 'unchanged')

  const deleted = await tell('delete', payloads.githubDelete)
  assert.equal(deleted.lastDelivery!.outcome, 'removed')
  assert.deepEqual(deleted.environments, [])
  assert.deepEqual(await environments('hub'), ['live'])
  assert.equal((await tell('push', payloads.githubPushDeleted)).lastDelivery!.outcome, 'unchanged')

  await tell('push', { ...payloads.githubPush, after: 'e'.repeat(40) })
  const ofFork = await tell('pull_request', payloads.githubPullRequestOfFork)
  assert.deepEqual(ofFork.answer, { outcome: 'ignored', reason: 'the branch is in a fork' })
  assert.deepEqual(await environments('hub'), [environment, 'live'])
  const merged = await tell('pull_request', payloads.githubPullRequestMerged)
  assert.equal(merged.lastDelivery!.outcome, 'removed')
  assert.equal(merged.lastDelivery!.event, 'pull_request closed')
  assert.deepEqual(await environments('hub'), ['live'])

  const { body } = await owner.ask('GET', '/organisations/acme/removed')
  const removed = (body as { removed: { id: string; environment: string }[] }).removed
  assert.deepEqual(
    removed.map(one => one.environment),
    [environment, environment],
  )
  const { entries } = (await owner.ask('GET', '/organisations/acme/audit?search=feature-login-page'))
    .body as {
    entries: { action: string; actor: { kind: string; name: string }; requestId: string }[]
  }
  assert.deepEqual(
    entries
      .toReversed()
      .map(({ action, actor: { kind, name }, requestId }) => [action, kind, name, requestId !== null]),
    ['environment.created', 'environment.removed', 'environment.created', 'environment.removed'].map(
      action => [action, 'system', 'git github', true],
    ),
  )
})

test('what is not followed is answered and shown, and does nothing', async () => {
  await makeProject('quiet')
  const quiet = await connect('quiet', 'github', {
    repository: 'acme/shop',
    branches: ['feature/*'],
    ignore: ['feature/old-*'],
  })
  const tell = async (event: string, payload: object) => {
    const { answer, lastDelivery } = await told('quiet', quiet, fromGithub(quiet.secret, event, payload))
    assert.equal(lastDelivery!.outcome, 'ignored')
    assert.equal(lastDelivery!.reason, answer.reason)
    return answer.reason
  }
  assert.equal(await tell('ping', payloads.githubPing), 'nothing is done about this event')
  assert.equal(await tell('push', push('main')), 'the branch is not followed')
  assert.equal(await tell('push', push('feature/old-x')), 'the branch is not followed')
  assert.equal(await tell('push', { ...push('x'), ref: 'refs/tags/v1' }), 'this is not about a branch')
  const { repository } = payloads.githubPush
  const elsewhere = { ...push('feature/x'), repository: { ...repository, full_name: 'acme/blog' } }
  assert.equal(await tell('push', elsewhere), 'it is about another repository')
  const trunk = { ...push('feature/trunk'), repository: { ...repository, default_branch: 'feature/trunk' } }
  assert.equal(await tell('push', trunk), 'the branch is not followed')
  assert.equal(await tell('push', { nothing: 'known' }), 'the payload is not as it is documented')
  assert.deepEqual(await environments('quiet'), ['live'])
})

test('GitLab: push, merge request, deletion', async () => {
  await makeProject('lab')
  const lab = await connect('lab', 'gitlab', { data: 'sample', samplePercent: 100 })
  const tell = (event: string, payload: object) => told('lab', lab, fromGitlab(lab.secret, event, payload))
  assert.equal((await tell('Push Hook', payloads.gitlabPush)).lastDelivery!.environment, 'feature-cart')
  const ofFork = await tell('Merge Request Hook', payloads.gitlabMergeRequestOfFork)
  assert.equal(ofFork.answer.reason, 'the branch is in a fork')
  const merged = await tell('Merge Request Hook', payloads.gitlabMergeRequestMerged)
  assert.equal(merged.lastDelivery!.outcome, 'removed')
  assert.equal((await tell('Push Hook', payloads.gitlabPush)).lastDelivery!.outcome, 'made')
  assert.equal((await tell('Push Hook', payloads.gitlabBranchDeleted)).lastDelivery!.outcome, 'removed')
  assert.deepEqual(await environments('lab'), ['live'])
})

test('who does not know the secret gets nowhere, and learns nothing', async () => {
  await makeProject('locked')
  await makeProject('other')
  const locked = await connect('locked', 'github')
  const other = await connect('other', 'gitlab')
  const refused = async (connection: Connection, delivery: SignedDelivery) => {
    const answer = await deliver(connection, delivery)
    assert.equal(answer.status, 401)
    const { requestId: _requestId, ...body } = answer.body as { requestId: string }
    return body
  }
  const good = fromGithub(locked.secret, 'push', payloads.githubPush)
  const wrong = await refused(locked, fromGithub('cb_git_guessed', 'push', payloads.githubPush))
  assert.equal((wrong as { code?: string }).code, 'platform/signature-invalid')
  const others = [
    await refused(locked, fromGithub(other.secret, 'push', payloads.githubPush)),
    await refused(locked, { ...good, body: good.body.replace('Login', 'Logon') }),
    await refused(locked, { ...good, headers: { 'x-github-event': 'push' } }),
    await refused(locked, fromGitlab(locked.secret, 'Push Hook', payloads.gitlabPush)),
    await refused(other, good),
  ]
  for (const id of ['00000000-0000-4000-8000-000000000000', 'nothing'])
    others.push(await refused({ ...locked, webhookUrl: `${server.url}/v1/platform/git/${id}` }, good))
  for (const body of others) assert.deepEqual(body, wrong)
  assert.deepEqual(await environments('locked'), ['live'])
  assert.equal((await show('locked')).lastDelivery, null)

  const form = await fetch(locked.webhookUrl, {
    method: 'POST',
    body: new URLSearchParams({ payload: '{}' }),
  })
  assert.equal(form.status, 415)

  await owner.ask('DELETE', '/projects/locked?confirm=locked')
  assert.deepEqual(await refused(locked, good), wrong)
})

test('a delivery that comes again does nothing', async () => {
  await makeProject('once')
  const once = await connect('once', 'github')
  const first = fromGithub(once.secret, 'push', payloads.githubPush)
  await told('once', once, first)
  await owner.ask('DELETE', '/projects/once/environments/feature-login-page?confirm=feature-login-page')
  const another = { ...first, headers: { ...first.headers, 'x-github-delivery': 'another' } }
  for (const replay of [first, another])
    assert.equal((await told('once', once, replay)).answer.outcome, 'repeated')
  assert.deepEqual(await environments('once'), ['live'])
  const both = [1, 2].map(() => deliver(once, fromGithub(once.secret, 'push', push('twice'))))
  const outcomes = (await Promise.all(both)).map(({ body }) => (body as { outcome: string }).outcome)
  assert.deepEqual(outcomes.toSorted(), ['accepted', 'repeated'])
  await settled()
})

test('what nobody could take up when it came is done when it comes again', async () => {
  await makeProject('passed')
  const passed = await connect('passed', 'github')
  const first = fromGithub(passed.secret, 'push', push('first'))
  await told('passed', passed, first)
  await keep(passed, 'late', sql`now()`)
  assert.equal((await told('passed', passed, first)).answer.outcome, 'repeated')
  assert.deepEqual(await environments('passed'), ['first', 'late', 'live'])
})

test('whoever looks for a delivery takes up one, however many are due', async () => {
  await makeProject('many')
  const many = await connect('many', 'github')
  // Of a table that was small a moment ago Postgres reads everything for each row.
  await server.db.query(sql`delete from cloudbox.platform_git_deliveries where due_at is null`)
  await keep(many, 'one', sql`now() + interval '1 hour'`)
  await server.db.query(sql`analyze cloudbox.platform_git_deliveries`)
  for (const branch of ['two', 'three', 'four']) await keep(many, branch, sql`now()`)
  assert.equal((await takeDelivery(server.db))!.branch, 'two')
  const rows = await server.db.query(sql`
    delete from cloudbox.platform_git_deliveries where attempts = 1 returning branch`)
  assert.deepEqual(rows, [{ branch: 'two' }])
  await server.db.query(sql`delete from cloudbox.platform_git_deliveries where due_at is not null`)
})

test('anything that can sign: fresh signatures only, each once', async () => {
  await makeProject('any')
  const any = await connect('any', 'generic')
  const payload = { event: 'push', branch: 'try/it' }
  const delivery = fromAnywhere(any.secret, payload)
  assert.equal((await told('any', any, delivery)).lastDelivery!.environment, 'try-it')
  assert.equal((await told('any', any, delivery)).answer.outcome, 'repeated')
  const old = await deliver(any, fromAnywhere(any.secret, payload, Date.now() - 400_000))
  assert.equal(code(old), 'platform/signature-invalid')
  assert.equal(code(await deliver(any, signAnywhere(any.secret, 'not JSON'))), 'http/bad-json')
  const gone = await told('any', any, fromAnywhere(any.secret, { event: 'merged', branch: 'try/it' }))
  assert.equal(gone.lastDelivery!.outcome, 'removed')
})

test('branches whose names would be one, and environments that were there before', async () => {
  await makeProject('names')
  const names = await connect('names', 'github')
  const tell = (payload: object) => told('names', names, fromGithub(names.secret, 'push', payload))
  for (const ref of ['a/b', 'a-b', 'live', 'a-branch-with-a-name-that-goes-on']) await tell(push(ref))
  const made = (await show('names')).environments
  assert.deepEqual(
    made.map(({ branch }) => branch),
    ['a-b', 'a-branch-with-a-name-that-goes-on', 'a/b', 'live'],
  )
  const [second, long, first, own] = made.map(({ environment }) => environment)
  assert.equal(first, 'a-b')
  assert.match(second!, /^a-b-[0-9a-f]{7}$/)
  assert.match(long!, /^a-branch-with-a-name-[0-9a-f]{7}$/)
  assert.match(own!, /^live-[0-9a-f]{7}$/)
  // Only what came with a branch goes with it.
  await tell({ ...payloads.githubPushDeleted, ref: 'refs/heads/live' })
  await tell({ ...payloads.githubPushDeleted, ref: 'refs/heads/a/b' })
  assert.deepEqual(await environments('names'), [second, long, 'live'].toSorted())
})

test('a quota and a missing parent are shown, and a delivery that failed may be sent again', async () => {
  await makeProject('limits')
  const limits = await connect('limits', 'github')
  const count = await server.db.query({
    text: `select from cloudbox.platform_environments e join cloudbox.platform_projects p on p.id = e.project_id
      where e.state <> 'removed' and p.organisation_id =
        (select organisation_id from cloudbox.platform_projects where name = 'limits')`,
    values: [],
  })
  const settings = (maxEnvironments: number | null) =>
    owner.ask('PATCH', '/organisations/acme', { settings: { maxEnvironments } })
  assert.equal((await settings(count.length)).status, 200)
  const delivery = fromGithub(limits.secret, 'push', payloads.githubPush)
  const full = await told('limits', limits, delivery)
  assert.equal(full.lastDelivery!.outcome, 'failed')
  assert.equal(full.lastDelivery!.problem!.code, 'platform/quota-reached')
  assert.deepEqual(full.lastFailure, full.lastDelivery)
  assert.equal((await settings(10_000)).status, 200)
  const again = await told('limits', limits, delivery)
  assert.equal(again.answer.outcome, 'accepted')
  assert.equal(again.lastDelivery!.outcome, 'made')
  assert.deepEqual(again.lastFailure, full.lastFailure)

  await owner.ask('DELETE', '/projects/limits/environments/live?confirm=live')
  await owner.ask('POST', '/projects/limits/environments', { name: 'live' })
  const orphan = await told('limits', limits, fromGithub(limits.secret, 'push', push('orphan')))
  assert.equal(orphan.from, null)
  assert.equal(orphan.lastDelivery!.problem!.code, 'platform/not-found')
  assert.match(orphan.lastDelivery!.problem!.detail, /to branch from/)
})

test('settings change, secrets are shown once and replaced, and disconnecting leaves what was made', async () => {
  await makeProject('change')
  const change = await connect('change', 'github')
  const at = '/projects/change/git'
  assert.equal((await show('change')).secret, undefined)
  const same = await owner.ask('PUT', at, { host: 'github', from: 'live', branches: ['x*'] })
  assert.equal(same.status, 200)
  assert.equal((same.body as Shown).secret, undefined)
  assert.deepEqual((same.body as Shown).branches, ['x*'])
  assert.deepEqual((same.body as Shown).ignore, ['main', 'master'])
  await told('change', change, fromGithub(change.secret, 'push', push('x1')))
  const renewed = await owner.ask('PUT', at, {
    host: 'github',
    from: 'live',
    branches: ['y*'],
    newSecret: true,
  })
  const secret = (renewed.body as Shown).secret!
  assert.notEqual(secret, change.secret)
  const old = await deliver(change, fromGithub(change.secret, 'push', push('y1')))
  assert.equal(code(old), 'platform/signature-invalid')
  // Its environment was made when it was followed.
  const gone = fromGithub(secret, 'delete', { ...payloads.githubDelete, ref: 'x1' })
  assert.equal((await told('change', change, gone)).lastDelivery!.outcome, 'removed')
  await told('change', change, fromGithub(secret, 'push', push('y1')))
  for (let times = 0; times < 2; times++) assert.equal((await owner.ask('DELETE', at)).status, 204)
  assert.equal(code(await owner.ask('GET', at)), 'platform/not-found')
  assert.deepEqual(await environments('change'), ['live', 'y1'])
  const rows = await server.db.query<{ text: string }>({
    text: `select row_to_json(a)::text as text from cloudbox.platform_audit a where action like 'git.%' and place = 'projects/change'`,
    values: [],
  })
  assert.equal(rows.length, 4)
  for (const { text } of rows) assert.ok(!text.includes(secret) && !text.includes(change.secret))
})

test('who connects has to be allowed what the connection does', async () => {
  await makeProject('roles')
  const give = async (name: string, permissions: string[]): Promise<TestOperator> => {
    const statements = [
      { effect: 'allow', permissions: [...permissions, 'organisation.read'], places: ['*'] },
    ]
    assert.equal((await owner.ask('PUT', `/organisations/acme/roles/${name}`, { statements })).status, 200)
    return join(server, owner, 'acme', `${name}@example.com`, name)
  }
  const at = '/projects/roles/git'
  const wanted = { host: 'github', from: 'live' }
  const changer = await give('changer', ['environments.read', 'environments.change'])
  const missing = async (by: TestOperator, body: object) =>
    ((await by.ask('PUT', at, body)).body as { detail: string }).detail
  assert.match(await missing(changer, wanted), /environments\.create/)
  const maker = await give('maker', ['environments.*'])
  assert.match(await missing(maker, { ...wanted, data: 'all' }), /documents\.read/)
  assert.equal((await maker.ask('PUT', at, wanted)).status, 201)
  assert.equal(code(await owner.ask('PUT', at, { ...wanted, from: 'nowhere' })), 'platform/not-found')
})

test('what a crash has interrupted is done after the next start', async () => {
  await makeProject('crash')
  const crash = await connect('crash', 'github')
  await told('crash', crash, fromGithub(crash.secret, 'push', push('half')))
  const parent = (state: string) => `update cloudbox.platform_environments e set state = '${state}'
    from cloudbox.platform_projects p where p.id = e.project_id and p.name = 'crash' and e.name = 'live'`
  // One was being made when its process died, and the parent of another is being made.
  await server.db.transaction(tx =>
    tx.script(`
      update cloudbox.platform_environments set state = 'making' where name = 'half';
      ${parent('making')}`),
  )
  await server.restart()
  const busy = await told('crash', crash, fromGithub(crash.secret, 'push', push('later')))
  assert.equal(busy.lastDelivery!.outcome, 'delayed')
  assert.equal(busy.lastDelivery!.problem!.code, 'platform/busy')
  await server.db.transaction(tx => tx.script(parent('ready')))
  await server.restart()
  // As every start does: from now on what becomes due is looked for.
  await server.server().platform.discardUnfinished()
  const half = fromGithub(crash.secret, 'push', { ...push('half'), after: 'd'.repeat(40) })
  assert.equal((await told('crash', crash, half)).lastDelivery!.environment, 'half')
  // Another had been taken up by a process that has died.
  await keep(crash, 'kept', sql`now() + interval '1 hour'`)
  await server.server().platform.discardUnfinished()
  const all = async () => (await show('crash')).environments.map(({ environment }) => environment)
  while ((await all()).length < 3) await delay(20)
  assert.deepEqual(await all(), ['half', 'kept', 'later'])
})
