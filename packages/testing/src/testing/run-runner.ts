import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs another test runner in a process of its own; what it says, and how it ends. */
export async function runRunner(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  const { NODE_TEST_CONTEXT: _ours, NODE_OPTIONS: _options, ...env } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ...environment, NO_COLOR: '1', CI: '1' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}
