import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { password } from '@cloudbox/server/testing/management'
import { run } from '../run.ts'

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Standard output as JSON. */
  json<T = Record<string, unknown>>(): T
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** What comes through a pipe. */
  readonly input?: string
  /** Lines that somebody types at a terminal of 80 columns, each once it is asked for. */
  readonly types?: readonly string[]
  /** The folder it is started in. */
  readonly cwd?: string
}

/** A command line with a configuration folder of its own, used in this process or in others. */
export interface CloudBox {
  readonly folder: string
  (line: string | readonly string[], options?: RunOptions): Promise<Ran>
  /** In a process of its own. */
  spawn(line: string): Promise<Ran>
  signIn(email?: string): Promise<void>
}

/** Readline puts the cursor behind a question when it waits for the answer. */
const waits = /(?<=\[)(?!1G)\d+G$/

export function cloudbox(cleanup: { after(work: () => void): void }, url: string): CloudBox {
  const folder = mkdtempSync(join(tmpdir(), 'cloudbox-cli-'))
  cleanup.after(() => rmSync(folder, { recursive: true, force: true }))
  const always = { XDG_CONFIG_HOME: folder, CLOUDBOX_URL: url }

  const here = async (
    line: string | readonly string[],
    { environment = {}, input = '', types, cwd = folder }: RunOptions = {},
  ) => {
    const isTTY = types !== undefined
    const stdin = Object.assign(new PassThrough(), { isTTY })
    const stdout = Object.assign(new PassThrough(), { isTTY, columns: 80 })
    const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 })
    const written = { stdout: '', stderr: '' }
    const answers = [...(types ?? [])]
    stdout.on('data', chunk => (written.stdout += String(chunk)))
    stderr.on('data', chunk => {
      written.stderr += String(chunk)
      const answer = waits.test(String(chunk)) ? answers.shift() : undefined
      if (answer !== undefined) setImmediate(() => stdin.write(`${answer}\r`))
    })
    if (!isTTY) stdin.end(input)
    const code = await run(words(line), { ...always, ...environment }, { stdin, stdout, stderr }, cwd)
    // What was written arrives with the next turn.
    await new Promise(resolve => setImmediate(resolve))
    return ran(code, written)
  }

  return Object.assign(here, {
    folder,
    spawn: (line: string) =>
      new Promise<Ran>((resolve, reject) => {
        const main = fileURLToPath(new URL('../main.ts', import.meta.url))
        const child = spawn(process.execPath, [main, ...words(line)], {
          env: { ...process.env, ...always },
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        const written = { stdout: '', stderr: '' }
        child.stdout.on('data', chunk => (written.stdout += String(chunk)))
        child.stderr.on('data', chunk => (written.stderr += String(chunk)))
        child.once('error', reject)
        child.once('close', code => resolve(ran(code ?? -1, written)))
      }),
    signIn: async (email = 'owner@example.com') => {
      const environment = { CLOUDBOX_EMAIL: email, CLOUDBOX_PASSWORD: password }
      const { code, stderr } = await here('login', { environment })
      if (code !== 0) throw new Error(stderr)
    },
  })
}

function words(line: string | readonly string[]): readonly string[] {
  return typeof line === 'string' ? line.split(' ').filter(word => word !== '') : line
}

function ran(code: number, { stdout, stderr }: { stdout: string; stderr: string }): Ran {
  return { code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T }
}
