// Makes a clone ready to run: installs what is missing or stale, then builds what is. Runs before `npm start` and
// `npm test`, on any Node since 20.11, and is done in a moment when there is nothing to do.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestNode = [20, 11]
const oldestServerNode = [22, 18]

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.cloudbox-setup')
const nodeFromNpm = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

const consoleSources = [
  'package-lock.json',
  ...['src', 'static', 'vite.config.ts', 'package.json'].map(name => `packages/console/${name}`),
  ...['sdk', 'protocol', 'policy'].map(name => `packages/${name}/src`),
]

/**
 * What is made from sources, in order.
 *
 * @type {{ name: string, isStale(): boolean, run(): void }[]}
 */
const builds = [
  {
    name: 'the console',
    isStale: () => newest('packages/console/dist/index.html') < newest(...consoleSources),
    run: () => npm('run', 'build', '-w', 'packages/console', '--silent'),
  },
]

if (!isAtLeast(process.versions.node, oldestNode)) {
  fail(
    `CloudBox needs Node ${oldestNode.join('.')} or newer to set itself up; this is ${process.versions.node}.`,
  )
}
const wanted = installationKey()
if (readIfThere(stamp) !== wanted) install()
for (const { name, isStale, run } of builds) {
  if (!isStale()) continue
  say(`Building ${name} …`)
  run()
}

/** What an installation depends on. Another platform's node_modules, copied here, is stale as well. */
function installationKey() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`
}

function install() {
  const isFirst = !existsSync(modules)
  say(isFirst ? 'Installing what CloudBox needs: once, about a minute …' : 'Updating what is installed …')
  // Not `npm ci`: it refuses a lock file that was written where a package of another platform was not to be had.
  // Without saving, the lock file is followed and left as it is.
  npm('install', '--no-save', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error')
  if (!hasServerNode()) npm('rebuild', 'node', '--ignore-scripts=false', '--loglevel=error')
  if (!hasServerNode()) {
    fail(
      `The Node ${oldestServerNode.join('.')} that npm should have installed does not run on this machine. Install Node 24 yourself and try again.`,
    )
  }
  writeFileSync(stamp, wanted)
}

/** The server runs on the Node that npm installed; where that one does not run, on this one when it is new enough. */
function hasServerNode() {
  const { status, stdout } = spawnSync(nodeFromNpm, ['--version'], { encoding: 'utf8' })
  if (status === 0) return isAtLeast(stdout.slice(1), oldestServerNode)
  if (!isAtLeast(process.versions.node, oldestServerNode)) return false
  // Scripts look there first.
  rmSync(join(modules, '.bin', 'node'), { force: true })
  return true
}

function npm(...args) {
  // The npm that called us, run by its own Node: ours may lie in the folder that is about to be replaced.
  const { npm_execpath: script, npm_node_execpath: node = process.execPath } = process.env
  const [command, ...rest] = script === undefined ? ['npm', ...args] : [node, script, ...args]
  // Standard output belongs to the program that comes after.
  const stdio = /** @type {const} */ (['inherit', 2, 2])
  const { status, error } = spawnSync(command, rest, { cwd: root, stdio, shell: script === undefined })
  if (status !== 0)
    fail(`npm ${args[0]} failed${error === undefined ? '' : `: ${error.message}`}. Its message is above.`)
}

function isAtLeast(version, [major, minor]) {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map(Number)
  return hasMajor > major || (hasMajor === major && hasMinor >= minor)
}

/** When the newest of these files was changed, or of those in these folders, ms since 1970. */
function newest(...paths) {
  return Math.max(0, ...paths.map(path => changedAt(join(root, path))))
}

function changedAt(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(0, ...readdirSync(path).map(name => changedAt(join(path, name))))
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(text) {
  say(`✗ ${text}`)
  process.exit(1)
}
