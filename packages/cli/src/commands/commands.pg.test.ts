import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { join as joinOrganisation, setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { cloudbox, type RunOptions } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
await joinOrganisation(server, owner, 'acme', 'grace@example.com', 'developer')
const box = cloudbox({ after }, server.url)
await box.signIn()

const good = async (line: string | readonly string[], options?: RunOptions) => {
  const ran = await box(line, options)
  assert.equal(ran.code, 0, `${String(line)}: ${ran.stderr}`)
  return ran
}
const json = async <T>(line: string, options?: RunOptions) =>
  (await good(`${line} --json`, options)).json<T>()
const codeOf = async (line: string, options?: RunOptions) => {
  const ran = await box(`${line} --json`, options)
  return [ran.code, ran.json<{ error: { code: string } }>().error?.code]
}
const inDev = '--project shop --env dev'

test('projects and environments are made, archived, removed and brought back', async () => {
  const made = await good(['project', 'create', 'shop', '--title', 'Web\u001B[31m shop'])
  assert.equal(made.stdout, 'Made the project shop in acme.\n')
  assert.deepEqual(await codeOf('project create shop'), [1, 'platform/name-taken'])
  const list = await good('project list')
  assert.ok(!list.stdout.includes('\u001B'), 'what others named paints nothing')
  assert.match(list.stdout, /^NAME +TITLE/)

  const dev = await json<{ name: string; dev: boolean; url: string }>('env create dev --dev --project shop')
  assert.deepEqual([dev.name, dev.dev, dev.url], ['dev', true, `${server.url}/shop/dev`])
  await good('env create live', { environment: { CLOUDBOX_PROJECT: 'shop' } })
  const states = async () => {
    const { environments } = await json<{ environments: { name: string; isArchived: boolean }[] }>(
      'env list --project shop',
    )
    return environments.map(({ name, isArchived }) => `${name}${isArchived ? ' archived' : ''}`)
  }
  await good('env archive live --project shop')
  assert.deepEqual(await states(), ['dev', 'live archived'])
  await good('env restore live --project shop')
  assert.deepEqual(await states(), ['dev', 'live'])

  assert.deepEqual(await codeOf('env remove live --project shop'), [2, 'cli/needs-terminal'])
  assert.deepEqual(await codeOf('env remove live --project shop --yes dev'), [1, 'cli/not-confirmed'])
  const dry = await json<{ dryRun: boolean }>('env remove live --project shop --dry-run')
  assert.equal(dry.dryRun, true)
  const typed = await box('env remove live --project shop', { types: ['life'] })
  assert.equal(typed.code, 1)
  assert.deepEqual(await states(), ['dev', 'live'])
  await good('env remove live --project shop', { types: ['live'] })
  assert.deepEqual(await states(), ['dev'])
  await good('env remove live --project shop --yes live')
  await good('env restore live --project shop')
  assert.deepEqual(await states(), ['dev', 'live'])

  const whole = await good('project remove shop --dry-run')
  assert.match(whole.stdout, /environments dev, live go with it/)
  await good('project remove shop --yes shop')
  assert.deepEqual(await codeOf('env list --project shop'), [1, 'platform/not-found'])
  await good('project remove shop --yes shop')
  assert.match((await good('project list --removed')).stdout, /^shop /m)
  await good('project restore shop')
  assert.deepEqual(await states(), ['dev', 'live'])
  assert.deepEqual(await codeOf('project restore nothing'), [1, 'platform/not-found'])
})

test('a branch begins with what its parent has, and with as much data as asked', async () => {
  const fields = { title: { type: 'text' } }
  await owner.askIn('shop/live', 'POST', '/data/$collections', { name: 'notes', fields })
  const titles = Array.from({ length: 40 }, (_, n) => ({ title: `note ${n}` }))
  await owner.askIn('shop/live', 'POST', '/data/notes', titles)
  await good('secrets set TOKEN --value t --project shop --env live')
  const notes = async (name: string) =>
    ((await owner.askIn(`shop/${name}`, 'GET', '/data/notes')).body as object[]).length
  const secrets = async (name: string) =>
    (await json<{ variables: object[] }>(`vars list --project shop --env ${name}`)).variables.length

  const bare = await good('env create feature-a --from live --project shop')
  assert.match(bare.stdout, /^Made shop\/feature-a from live at http/)
  assert.deepEqual([await notes('feature-a'), await secrets('feature-a')], [0, 0])
  await good('env create feature-b --from live --with-data --secrets --project shop')
  assert.deepEqual([await notes('feature-b'), await secrets('feature-b')], [40, 1])
  await good('env create feature-c --from live --sample 100% --project shop')
  assert.equal(await notes('feature-c'), 40)
  assert.match((await good('env list --project shop')).stdout, /^feature-a +in use, dev, inert +live /m)

  assert.deepEqual(await codeOf('env create x --from nowhere --project shop'), [1, 'platform/not-found'])
  for (const wrong of [
    '--with-data',
    '--secrets',
    '--from live --with-data --schema-only',
    '--from live --sample 0',
    '--from live --sample 101%',
    '--from live --sample some',
  ])
    assert.deepEqual(await codeOf(`env create x ${wrong} --project shop`), [2, 'cli/usage'], wrong)
})

test('keys are made, found by name or end, replaced and ended', async () => {
  const use = async (key: string) =>
    (await fetch(`${server.url}/shop/dev/v1/data/$collections`, { headers: { apikey: key } })).status
  const made = await good(`keys create ci ${inDev} --expires 90d`)
  const key = made.stdout.trim()
  assert.match(key, /^cb_secret_[0-9a-f]{40}$/)
  assert.match(made.stderr, /not shown again/)
  assert.equal(await use(key), 200)
  const shown = await json<{ expiresAt: string; id: string }>(`keys show ci ${inDev}`)
  const days = (Date.parse(shown.expiresAt) - Date.now()) / 86_400_000
  assert.ok(days > 89 && days <= 90, `${days}`)
  const scoped = await good(
    `keys create report --permission documents.read --collection orders,items --collection bills ${inDev}`,
  )
  assert.equal(await use(scoped.stdout.trim()), 403)
  const { scope } = await json<{ scope: unknown }>(`keys show report ${inDev}`)
  assert.deepEqual(scope, { permissions: ['documents.read'], collections: ['orders', 'items', 'bills'] })

  const { key: next } = await json<{ key: string }>(`keys rotate ci --overlap 1h ${inDev}`)
  assert.deepEqual([await use(key), await use(next)], [200, 200])
  assert.deepEqual(await codeOf(`keys revoke ci --yes ci ${inDev}`), [1, 'cli/not-one'], 'two have that name')
  await good(`keys revoke ${key.slice(-4)} --yes ${key.slice(-4)} ${inDev}`)
  assert.deepEqual([await use(key), await use(next)], [401, 200])
  assert.deepEqual(await codeOf(`keys rotate nothing ${inDev}`), [1, 'cli/not-one'])
  assert.deepEqual(await codeOf(`keys create a --kind private ${inDev}`), [2, 'cli/usage'])
  assert.deepEqual(await codeOf(`keys create a --expires soon ${inDev}`), [2, 'cli/usage'])
  assert.deepEqual(await codeOf('keys list --project shop'), [2, 'cli/usage'])
  assert.ok(!(await good(`keys list ${inDev}`)).stdout.includes(next))
})

test('values come from a pipe, a prompt or an option; secrets are never shown', async () => {
  await good(`vars set REGION --value eu ${inDev}`)
  await good(`vars set MOTTO ${inDev}`, { input: 'two words\n' })
  await good(`secrets set STRIPE_KEY ${inDev}`, { input: 'sk_live_1\n' })
  const typed = await good(`secrets set PIN ${inDev}`, { types: ['4711'] })
  assert.ok(!`${typed.stdout}${typed.stderr}`.includes('4711'))
  assert.deepEqual(await codeOf(`secrets set EMPTY ${inDev}`), [2, 'cli/usage'], 'an empty pipe is a mistake')
  const { variables } = await json<{ variables: { name: string; value: string | null }[] }>(
    `vars list ${inDev}`,
  )
  assert.deepEqual(
    variables.map(({ name, value }) => [name, value]),
    [
      ['MOTTO', 'two words'],
      ['PIN', null],
      ['REGION', 'eu'],
      ['STRIPE_KEY', null],
    ],
  )
  const { platform } = server.server()
  const dev = platform.environments().find(one => one.project === 'shop' && one.name === 'dev')!
  const { PIN, STRIPE_KEY } = await platform.readVariables(dev)
  assert.deepEqual([PIN, STRIPE_KEY], ['4711', 'sk_live_1'])
  await good(`vars unset PIN --yes PIN ${inDev}`)
  assert.ok(!(await good(`vars list ${inDev}`)).stdout.includes('PIN'))
})

test('members are invited, given roles and taken out', async () => {
  const role = async (email: string) => {
    const { members } = await json<{ members: { email: string; role: string; places: object[] }[] }>(
      'org members',
    )
    const found = members.find(one => one.email === email)
    return found && [found.role, found.places]
  }
  await good('org role set grace@example.com admin')
  await good('org role set grace@example.com viewer --project shop --env live')
  await good('org role set grace@example.com developer --project shop')
  assert.deepEqual(await role('grace@example.com'), [
    'admin',
    [
      { project: 'shop', environment: 'live', role: 'viewer' },
      { project: 'shop', role: 'developer' },
    ],
  ])
  assert.deepEqual(await codeOf('org role set grace@example.com viewer --env live'), [2, 'cli/usage'])
  assert.deepEqual(await codeOf('org role set owner@example.com viewer'), [1, 'platform/last-owner'])
  const statements = [{ effect: 'allow', permissions: ['users.*'], places: ['projects/shop'] }]
  await good('org role define support', { input: JSON.stringify({ statements }) })
  assert.match((await good('org role list')).stdout, /support +support +users\.\* in projects\/shop/)
  assert.deepEqual(await codeOf('org role define support', { input: '{' }), [2, 'cli/usage'])
  await good('org invite Alan@example.com --role support')
  assert.match((await good('org invitations')).stdout, /alan@example\.com +support/)
  await good('org uninvite alan@example.com')
  assert.deepEqual(await json('org invitations'), { invitations: [] })
  await good('org role remove support --yes support')
  await good('org remove-member grace@example.com --yes grace@example.com')
  assert.equal(await role('grace@example.com'), undefined)
  assert.deepEqual(await codeOf('org remove-member grace@example.com --yes grace@example.com'), [
    1,
    'cli/not-one',
  ])
})

test('who belongs to several organisations says which', async () => {
  await good('org create second')
  assert.deepEqual(await codeOf('project list'), [1, 'cli/not-one'])
  assert.deepEqual(await json('project list --org second'), { projects: [] })
  assert.deepEqual(await json('project list', { environment: { CLOUDBOX_ORG: 'second' } }), { projects: [] })
})

test('the audit is listed, exported and checked', async () => {
  const acme = '--org acme'
  const { entries, next } = await json<{ entries: { number: number; action: string }[]; next: number }>(
    `audit list --action key.* --limit 2 --since 1d ${acme}`,
  )
  assert.equal(entries.length, 2)
  assert.ok(entries.every(({ action }) => action.startsWith('key.')))
  const [older] = (await json<{ entries: { number: number }[] }>(`audit list --after ${next} ${acme}`))
    .entries
  assert.ok(older!.number < entries[1]!.number)

  const lines = (await good(`audit export ${acme}`)).stdout.trimEnd().split('\n')
  const document = (await json<{ entries: object[] }>(`audit export ${acme}`)).entries
  assert.deepEqual(
    document,
    lines.map(line => JSON.parse(line) as object),
  )
  const file = join(box.folder, 'audit.csv')
  await good(`audit export --format csv --output ${file} ${acme}`)
  const csv = readFileSync(file, 'utf8')
  assert.match(csv, /^number,at,/)
  assert.deepEqual(
    await codeOf(`audit export --output ${file} ${acme}`),
    [2, 'cli/usage'],
    'never written over',
  )
  assert.equal(readFileSync(file, 'utf8'), csv)
  assert.deepEqual(await codeOf(`audit export --action x --output ${join(file, 'x')} ${acme}`), [
    2,
    'cli/usage',
  ])
  assert.deepEqual(await json('audit export --action nothing --org acme'), { entries: [] })

  const whole = await good(`audit verify ${acme}`)
  const head = /head (\d+:[0-9a-f]{64})/.exec(whole.stdout)![1]!
  await good(`vars set REGION --value us ${inDev}`)
  await good(`audit verify --head ${head} ${acme}`)
  assert.deepEqual(await codeOf(`audit verify --head 1:x ${acme}`), [2, 'cli/usage'])
  const number = Number(head.split(':')[0])
  for (const text of [
    'alter table cloudbox.platform_audit disable trigger user',
    `update cloudbox.platform_audit set subject = 'other' where number = ${number}`,
    'alter table cloudbox.platform_audit enable trigger user',
  ])
    await server.db.query({ text, values: [] })
  const forged = await box(`audit verify ${acme}`)
  assert.equal(forged.code, 1)
  assert.match(forged.stdout, /is not whole[\s\S]*changed Entry \d+ is not as it was written/)
})

test('what is not allowed says which permission is missing', async t => {
  await joinOrganisation(server, owner, 'acme', 'vera@example.com', 'viewer')
  const vera = cloudbox(t, server.url)
  await vera.signIn('vera@example.com')
  const refused = await vera(`keys create mine ${inDev}`)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /permission keys\.change in projects\/shop\/environments\/dev/)
  assert.match(refused.stderr, /platform\/not-allowed, request /)
})

test('an answer that is not of CloudBox is told as such', async t => {
  const { createServer } = await import('node:http')
  const other = createServer((_request, response) => response.end('<html>hello'))
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  t.after(() => void other.close())
  const { port } = other.address() as { port: number }
  const wrong = await box(`login --url http://127.0.0.1:${port} --json`)
  assert.equal(wrong.json<{ error: { code: string } }>().error.code, 'cli/unexpected-answer')
})

test('a project follows a repository until it does not any more', async () => {
  await good('project create followed --org acme')
  await good('env create dev --project followed')
  assert.deepEqual(await codeOf('git connect github --project followed'), [2, 'cli/usage'])
  const connected = await good([
    'git',
    'connect',
    'github',
    '--from',
    'dev',
    '--branch',
    'feature/*',
    '--project',
    'followed',
  ])
  assert.match(connected.stdout, /^Webhook +http\S+\/v1\/platform\/git\/\S+\nSecret +cb_git_\S+\n$/)
  const shown = await good('git status --project followed')
  assert.match(shown.stdout, /^Follows +feature\/\*$/m)
  assert.ok(!shown.stdout.includes('cb_git_'))
  const renewed = await json<{ secret: string; branches: string[] }>(
    'git connect gitlab --from dev --project followed --new-secret',
  )
  assert.ok(!connected.stdout.includes(renewed.secret))
  assert.deepEqual(renewed.branches, ['*'])
  assert.deepEqual(await codeOf('git disconnect --project followed'), [2, 'cli/needs-terminal'])
  await good('git disconnect --project followed --yes followed')
  assert.deepEqual(await codeOf('git status --project followed'), [1, 'platform/not-found'])
})

test('an app is linked to a project once, and its server is the one that is meant', async () => {
  const cwd = mkdtempSync(join(box.folder, 'app-'))
  mkdirSync(join(cwd, 'cloudbox'))
  await good('project create linked --org acme')
  await good('env create dev --dev --project linked')
  assert.deepEqual(await codeOf('link nowhere', { cwd }), [1, 'platform/not-found'])
  await good('link linked', { cwd })
  const link = JSON.parse(readFileSync(join(cwd, 'cloudbox', 'link.json'), 'utf8')) as object
  assert.deepEqual(link, { url: server.url, project: 'linked' })
  const environment = { CLOUDBOX_URL: '' }
  await good('schema pull --env dev', { cwd, environment })
  writeFileSync(
    join(cwd, 'cloudbox', 'link.json'),
    '{ "url": "https://elsewhere.example.com", "project": "linked" }',
  )
  assert.deepEqual(await codeOf('advisor indexes --env dev', { cwd, environment }), [1, 'cli/not-signed-in'])
})
