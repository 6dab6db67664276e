import { ConfigProblem } from './kernel/config.ts'
import { StartProblem } from './kernel/postgres/start-problem.ts'
import { StreamStartError } from './kernel/stream/slot.ts'
import { tidyWhenIdle } from './kernel/tidy-when-idle.ts'
import { readyLine, summary } from './summary.ts'
import { start, type RunningServer } from './start.ts'

/** A part that starts after the server and tells a row of the summary; its `stop` is called first. */
export interface Companion {
  readonly row: readonly [label: string, value: string]
  stop(): Promise<void>
}

/** Ctrl-C in a terminal arrives twice when npm hands it on to a program that got it already. */
const sameWishMs = 1000

/** Runs a server in the foreground: starts it, says where it is, stops it in order on Ctrl-C or SIGTERM. */
export async function runUntilStopped(
  argv: readonly string[],
  companion?: (running: RunningServer) => Promise<Companion | undefined>,
): Promise<void> {
  let stoppingSinceMs: number | undefined
  let running: RunningServer | undefined
  let beside: Companion | undefined

  const stop = async () => {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs < sameWishMs) return
      // A second Ctrl-C means: now.
      process.exit(1)
    }
    stoppingSinceMs = performance.now()
    // Before the start has ended there is nothing whole to stop: the next start takes over what is left.
    await beside?.stop()
    await running?.stop()
    process.exit(0)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)

  try {
    running = await start(argv, process.env)
    tidyWhenIdle()
    if (stoppingSinceMs !== undefined) return
    beside = await companion?.(running)
    const json = running.config.server.json
    process.stdout.write(
      `${json ? readyLine(running.ready) : summary(running.ready, beside ? [beside.row] : [], process.stdout.columns)}\n`,
    )
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    process.exit(1)
  }
}

/** What kept a server from starting, for people; undefined of a bug. */
export function problemOf(
  error: unknown,
): { readonly code: string; readonly detail: string; readonly hint?: string | undefined } | undefined {
  if (error instanceof ConfigProblem) return { code: 'server/settings', detail: error.mistakes.join('\n') }
  if (error instanceof StartProblem) return { code: error.code, detail: error.message, hint: error.hint }
  if (error instanceof StreamStartError)
    return { code: 'server/stream', detail: error.message, hint: error.hint }
  const { code, port } = (error ?? {}) as { code?: string; port?: number }
  if (code === 'EADDRINUSE')
    return {
      code: 'server/port-taken',
      detail: 'The port is taken by another program.',
      hint: 'Choose another with --port, or 0 for a free one.',
    }
  if (code === 'EACCES' && port !== undefined)
    return {
      code: 'server/port-not-allowed',
      detail: `This user may not listen on port ${port}.`,
      hint: 'Ports below 1024 need the capability CAP_NET_BIND_SERVICE, or take another one with --port.',
    }
  return undefined
}

function explain(error: unknown): string {
  const problem = problemOf(error)
  if (problem === undefined)
    return `✗ CloudBox could not start: ${error instanceof Error ? error.stack : String(error)}`
  const { detail, hint } = problem
  if (error instanceof ConfigProblem) return detail.replaceAll(/^/gm, '✗ ')
  return `✗ ${detail}${hint ? `\n  ${hint}` : ''}`
}
