import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Failure, failure } from '../failure.ts'
import { harmless } from '../terminal/text.ts'
import { remoteScript } from './remote-script.ts'

export interface DeployOptions {
  /** As ssh takes it: user@host, or a name of its configuration. */
  readonly target: string
  /** What npm is to install. */
  readonly version: string
  readonly tarballs: readonly string[]
  readonly settings: Readonly<Record<string, string>> | undefined
  readonly waitSeconds: number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  step(name: string): void
  log(line: string): void
}

/** Where the server is reached. */
export interface Deployed {
  readonly release: string
  readonly url: string
  readonly publicUrl?: string
  /** Makes the owner, as long as there is none. */
  readonly setUpUrl?: string
}

/** The shell of root, whoever signs in; what it is to do comes through standard input. */
const rootShell = 'if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi'

/** What the other machine is to do. */
export function planned(options: Omit<DeployOptions, 'environment' | 'step' | 'log'>): {
  readonly release: string
  readonly script: string
  /** Files to copy there first, with where to. */
  readonly copies: readonly (readonly [from: string, to: string])[]
} {
  const { target, tarballs, version, settings, waitSeconds, cwd } = options
  if (!/^[\w[][\w.@:%[\]-]*$/.test(target))
    throw failure('usage', `"${target}" is no machine.`, 'Write USER@HOST, or a name from ~/.ssh/config.')
  const release = `${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}-${randomBytes(4).toString('hex')}`
  const copies = tarballs.map(file => {
    const path = resolve(cwd, file)
    if (!existsSync(path)) throw failure('usage', `--package: there is no file ${path}.`)
    return [path, `/tmp/cloudbox-${release}-${basename(path)}`] as const
  })
  const packages = copies.length === 0 ? [`cloudbox-cli@${version}`] : copies.map(([, to]) => `file:${to}`)
  return { release, copies, script: remoteScript({ id: release, packages, settings, waitSeconds }) }
}

/** Brings a release to a machine over the system's ssh and scp. @throws Failure; what ran there before runs again then */
export async function deploy(options: DeployOptions): Promise<Deployed> {
  const { target, environment, step } = options
  const { release, script, copies } = planned(options)
  for (const [from, to] of copies) {
    step(`copy ${basename(from)}`)
    const { code, complaint } = await run('scp', ['-q', '--', from, `${target}:${to}`], environment, '')
    if (code !== 0) throw unreachable(target, complaint)
  }
  const told: Partial<Record<'problem' | 'detail' | 'hint' | 'ready', string>> = {}
  const { code, complaint } = await run('ssh', ['--', target, rootShell], environment, script, line => {
    const [, word, text = ''] = /^@(\w+) ?(.*)$/.exec(line) ?? []
    if (word === 'step') step(text)
    else if (word === 'log') options.log(harmless(text))
    else if (word === 'problem' || word === 'detail' || word === 'hint' || word === 'ready') told[word] = text
  })
  const { problem, detail = '', hint, ready } = told
  if (problem !== undefined) throw new Failure({ code: `deploy/${problem}`, detail, hint })
  if (code === 0 && ready !== undefined)
    return { release, ...(JSON.parse(ready) as Omit<Deployed, 'release'>) }
  if (/sudo/.test(complaint))
    throw new Failure({
      code: 'deploy/no-root',
      detail: `There ${target} may not become root: ${harmless(complaint)}`,
      hint: 'Sign in as root, or let this user use sudo without a password.',
    })
  throw unreachable(target, complaint)
}

function unreachable(target: string, complaint: string): Failure {
  const said = complaint === '' ? 'The connection ended.' : harmless(complaint)
  return new Failure({
    code: 'deploy/no-connection',
    detail: `${target}: ${said}`,
    hint: `Does "ssh ${target}" work? Keys and names come from ~/.ssh.`,
  })
}

function run(
  program: string,
  args: readonly string[],
  environment: DeployOptions['environment'],
  input: string,
  hear: (line: string) => void = () => {},
): Promise<{ readonly code: number; readonly complaint: string }> {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { env: environment, stdio: 'pipe' })
    let complaint = ''
    createInterface({ input: child.stdout }).on('line', hear)
    child.stderr.on('data', text => (complaint = `${complaint}${String(text)}`.slice(-2000)))
    child.once('error', () =>
      reject(failure('unreachable', `There is no ${program} on this machine.`, 'Install OpenSSH.')),
    )
    child.once('close', code => done({ code: code ?? 1, complaint: complaint.trim() }))
    // It may end before it has read everything; its exit code says so.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
