import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { password, setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'

const folder = mkdtempSync(join(tmpdir(), 'cloudbox-pack-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const isWindows = process.platform === 'win32'
const quiet = ['--no-audit', '--no-fund', '--loglevel=error']

function npm(cwd: string, ...args: string[]): void {
  const { status, stderr } = spawnSync('npm', args, { cwd, shell: isWindows, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

test('what npm gets is one file that runs without install scripts and without anything else', async t => {
  const server = await startTestServer({ after: work => t.after(work) })
  const owner = await setUpOwner(server)
  npm(fileURLToPath(new URL('..', import.meta.url)), 'pack', '--pack-destination', folder, '--loglevel=error')
  const [tarball] = readdirSync(folder).filter(name => name.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  npm(folder, 'install', `./${tarball}`, '--ignore-scripts', '--offline', ...quiet)
  const installed = join(folder, 'node_modules', 'cloudbox-cli')
  assert.deepEqual(readdirSync(installed).toSorted(), ['dist', 'package.json'])
  assert.deepEqual(readdirSync(join(installed, 'dist')), ['cloudbox.cjs'])
  const file = join(installed, 'dist', 'cloudbox.cjs')

  const bin = join(folder, 'node_modules', '.bin', isWindows ? 'cloudbox.cmd' : 'cloudbox')
  const cloudbox = async (...args: string[]) =>
    promisify(execFile)(bin, args, {
      shell: isWindows,
      env: {
        ...process.env,
        XDG_CONFIG_HOME: folder,
        CLOUDBOX_URL: server.url,
        CLOUDBOX_EMAIL: owner.email,
        CLOUDBOX_PASSWORD: password,
      },
    })
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string }
  assert.equal((await cloudbox('--version')).stdout, `${version}\n`)
  await cloudbox('login')
  const { email } = JSON.parse((await cloudbox('whoami', '--json')).stdout) as { email: string }
  assert.equal(email, owner.email)

  for (const [node, isGood] of [
    ['16.20.2', false],
    ['20.10.0', false],
    ['20.11.0', true],
    ['26.0.0', true],
  ] as const) {
    const preload = join(folder, `node-${node}.cjs`)
    writeFileSync(preload, `Object.defineProperty(process.versions, 'node', { value: '${node}' })`)
    const ran = spawnSync(process.execPath, ['--require', preload, file, '--version'], { encoding: 'utf8' })
    const told = isGood ? '' : `cloudbox needs Node 20.11 or newer; this is ${node}.\n`
    assert.deepEqual([ran.status, ran.stderr], [isGood ? 0 : 1, told], node)
  }
})
