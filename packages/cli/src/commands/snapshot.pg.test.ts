import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const box = cloudbox({ after }, server.url)
const environment = {
  CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
  CLOUDBOX_SECRET_KEY: server.secretKey,
}
const run = (line: string) => box(line, { environment })
const titles = async () =>
  ((await server.request('GET', '/data/todos?order=title')).body as { title: string }[]).map(
    ({ title }) => title,
  )
const add = (title: string) => server.request('POST', '/data/todos', { body: { title } })

test('a snapshot is saved, listed, restored once the environment was named, and removed', async () => {
  await server.request('POST', '/data/$collections', {
    body: { name: 'todos', fields: { title: { type: 'text' } } },
  })
  await add('a')
  const saved = await run('snapshot save first')
  assert.equal(saved.code, 0, saved.stderr)
  assert.match(saved.stdout, /Saved test\/dev as first \(\d+(\.\d)? [kM]B\)/)
  await add('b')

  const unnamed = await run('snapshot restore first')
  assert.notEqual(unnamed.code, 0)
  assert.match(unnamed.stderr, /--yes test\/dev/)
  const dry = await run('snapshot restore first --dry-run --json')
  assert.equal(dry.json()['dryRun'], true)
  assert.deepEqual(await titles(), ['a', 'b'])

  const restored = await run('snapshot restore first --yes test/dev --json')
  assert.equal(restored.code, 0, restored.stderr)
  assert.equal(restored.json<{ before: { name: string } }>().before.name, 'before-restore')
  assert.deepEqual(await titles(), ['a'])

  const listed = await run('snapshot list')
  assert.match(listed.stdout, /before-restore[^]*first/)
  const missing = await run('snapshot restore frist --yes test/dev')
  assert.notEqual(missing.code, 0)
  assert.match(missing.stderr, /Did you mean first/)
  assert.equal((await run('snapshot remove first --yes first')).code, 0)
  const { snapshots } = (await run('snapshot list --json')).json<{ snapshots: { name: string }[] }>()
  assert.deepEqual(
    snapshots.map(({ name }) => name),
    ['before-restore'],
  )
})

test('the environment that runs on this machine needs not be named', async () => {
  const app = appFolder({ after })
  mkdirSync(app.state, { recursive: true })
  const local = {
    environmentUrl: server.environmentUrl,
    publishableKey: server.publishableKey,
    secretKey: server.secretKey,
    pid: process.pid,
  }
  writeFileSync(join(app.state, 'dev.json'), JSON.stringify(local))
  const here = (line: string) => box(line, { cwd: app.root })
  assert.equal((await here('snapshot save local')).code, 0)
  await add('c')
  const { code, stderr } = await here('snapshot restore local')
  assert.equal(code, 0, stderr)
  assert.ok(!(await titles()).includes('c'))
})

test('a snapshot goes to somebody else as a file, and changes nothing where it is not whole', async () => {
  const owner = await setUpOwner(server)
  await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
  await owner.ask('POST', '/projects/shop/environments', { name: 'mine', dev: true })
  const made = await owner.ask('POST', '/projects/shop/environments/mine/keys', { kind: 'secret' })
  const mine = {
    CLOUDBOX_ENVIRONMENT_URL: `${server.url}/shop/mine`,
    CLOUDBOX_SECRET_KEY: (made.body as { key: string }).key,
  }
  const there = (line: string) => box(line, { environment: mine })
  const fields = { title: { type: 'text' }, mail: { type: 'email', pii: true } }
  await server.request('POST', '/data/$collections', { body: { name: 'people', fields } })
  const many = Array.from({ length: 6000 }, (_, n) => ({ title: `p${n}`, mail: `p${n}@real.example` }))
  for (let from = 0; from < many.length; from += 1000)
    await server.request('POST', '/data/people', { body: many.slice(from, from + 1000) })
  await run('snapshot save shared')

  assert.equal((await run('snapshot share shared --passwords')).code, 2)
  const shared = await run('snapshot share shared --out mine.gz')
  assert.equal(shared.code, 0, shared.stderr)
  assert.match(shared.stdout, /^Wrote shared of test\/dev to mine\.gz \(/)
  assert.match(shared.stderr, /made up/)
  const path = join(box.folder, 'mine.gz')
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o077, 0)
  const text = gunzipSync(readFileSync(path)).toString()
  assert.ok(!text.includes('real.example'))
  assert.equal((await run('snapshot share shared --out mine.gz')).code, 2, 'nothing is written over')
  assert.match((await run('snapshot share nothing --out other.gz')).stderr, /no snapshot nothing/)
  assert.ok(!readdirSync(box.folder).some(file => file.startsWith('other.gz')))

  const bad = (bytes: Buffer) => {
    writeFileSync(join(box.folder, 'bad.gz'), bytes)
    return there('snapshot restore --from bad.gz --yes shop/mine')
  }
  const packed = readFileSync(path)
  const lines = text.trimEnd().split('\n')
  const withHead = (change: object) =>
    gzipSync([JSON.stringify({ ...JSON.parse(lines[0]!), ...change }), ...lines.slice(1)].join('\n'))
  const cases: [string, Buffer, RegExp][] = [
    ['cut', packed.subarray(0, packed.length - 1000), /cut off/],
    ['cut between lines', gzipSync(lines.slice(0, -3).join('\n')), /cut off/],
    ['edited', gzipSync(text.replace('p17"', 'p18"')), /edited/],
    ['damaged', Buffer.from(packed).fill(0, 2000, 2010), /edited|cut off/],
    ['more behind its end', gzipSync(`${text}["x"]\n`), /edited/],
    [
      'newer',
      withHead({ cloudboxSnapshot: 2, cloudbox: '9.1.0' }),
      /CloudBox 9\.1\.0, which this one cannot read/,
    ],
    ['something else', gzipSync('{"a":1}\n'), /is no snapshot/],
    ['no gzip', Buffer.from('hello'), /edited|no snapshot/],
    ['nothing', Buffer.alloc(0), /cut off|no snapshot/],
  ]
  for (const [what, bytes, told] of cases) {
    const { code, stderr } = await bad(bytes)
    assert.equal(code, 1, what)
    assert.match(stderr, told, what)
    assert.match(stderr, /Nothing was changed|Update/, what)
  }
  assert.match((await there('snapshot restore --from none.gz --yes shop/mine')).stderr, /no file none\.gz/)
  assert.equal((await there('snapshot restore')).code, 2)
  assert.equal((await there('snapshot list')).stdout, 'shop/mine has no snapshot.\n')

  const dry = await there('snapshot restore --from mine.gz --dry-run --json')
  assert.equal(dry.json()['dryRun'], true)
  const restored = await there('snapshot restore --from mine.gz --yes shop/mine')
  assert.equal(restored.code, 0, restored.stderr)
  assert.equal(restored.stdout, 'shop/mine is what test/dev was when shared was taken.\n')
  const { body } = await owner.askIn('shop/mine', 'GET', '/data/people?title=in.(p0,p2999,p5999)&order=title')
  assert.deepEqual(
    (body as { title: string }[]).map(({ title }) => title),
    ['p0', 'p2999', 'p5999'],
  )
  const again = await there('snapshot restore --from mine.gz --yes shop/mine')
  assert.match(again.stderr, /has a snapshot shared already/)
  assert.equal((await there('snapshot restore other --from mine.gz --yes shop/mine')).code, 0)
  assert.match((await there('snapshot list')).stdout, /before-restore[^]*other[^]*shared/)
})
