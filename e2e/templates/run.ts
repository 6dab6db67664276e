import { spawn, type ChildProcess } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/** Frameworks that tell their makers what is done with them do not in tests. */
const quietEnvironment = {
  NEXT_TELEMETRY_DISABLED: '1',
  NUXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
  NG_CLI_ANALYTICS: 'false',
  EXPO_NO_TELEMETRY: '1',
  // Asks no server which versions fit together.
  EXPO_OFFLINE: '1',
  NO_COLOR: '1',
  // Tools that would open a browser or ask something.
  BROWSER: 'none',
  CI: '1',
}

/** However it is called, it is this machine. */
const local = /https?:\/\/(?:localhost|0\.0\.0\.0|127\.0\.0\.1|\[::1?\]):(\d+)/

/** A program that was started in the app's folder. */
export interface Running {
  /** Where it listens, once it has said so on a line that the pattern allows. @throws Error with what it said when it ends before */
  address(line?: RegExp): Promise<string>
  said(): string
  /** Ends it with every process it has started. */
  stop(): Promise<void>
}

export function start(
  folder: string,
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const [program, ...args] = command
  const child = spawn(program, args, {
    cwd: folder,
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what npm starts ends with it.
    detached: true,
  })
  let text = ''
  const hearing = new Set<() => void>()
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      text += stripVTControlCharacters(String(chunk))
      for (const hear of hearing) hear()
    })
  return {
    said: () => text,
    async address(line = /^/) {
      const found = Promise.withResolvers<string>()
      const look = () => {
        for (const each of text.split('\n')) {
          const port = line.test(each) ? local.exec(each)?.[1] : undefined
          if (port !== undefined) found.resolve(`http://localhost:${port}`)
        }
      }
      hearing.add(look)
      look()
      const gone = ended.then(() => {
        throw new Error(`${command.join(' ')} has ended:\n${text}`)
      })
      return Promise.race([found.promise, gone]).finally(() => hearing.delete(look))
    },
    async stop() {
      signal(child, 'SIGTERM')
      const timer = setTimeout(() => signal(child, 'SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Runs it to its end. @throws Error with what it said when it fails */
export async function runToEnd(
  folder: string,
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [program, ...args] = command
  const child = spawn(program, args, {
    cwd: folder,
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += String(chunk)))
  const code = await new Promise(resolve => child.once('close', resolve))
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${String(code)}:\n${text}`)
  return text
}

/** That of this process, without what the test runner means for itself. */
function environmentOf(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, FORCE_COLOR: _color, ...rest } = process.env
  return { ...rest, ...quietEnvironment, ...more }
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, name)
  } catch {
    // It has ended.
  }
}
