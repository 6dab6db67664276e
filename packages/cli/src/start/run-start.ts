import type { RunningServer } from '@cloudbox/server/start'
import type { Setting } from '../command.ts'
import { startFailure } from '../dev/start-server.ts'
import { wishToStop } from '../dev/wish-to-stop.ts'
import { printNotice } from '../print-failure.ts'
import { serverArguments } from './server-options.ts'

/** Runs the server until it is told to stop; answers the exit code. @throws Failure with what to mend */
export async function runStart(
  setting: Setting,
  options: Parameters<typeof serverArguments>[0],
): Promise<number> {
  const { start } = await import('@cloudbox/server/start')
  const { tidyWhenIdle } = await import('@cloudbox/server/kernel/tidy-when-idle')
  const wish = wishToStop()
  let running: RunningServer
  try {
    running = await start(serverArguments(options), setting.environment, 'none')
  } catch (error) {
    throw await startFailure(error)
  }
  const stopTidying = tidyWhenIdle()
  try {
    if (!wish.isStopping) await tellReady(setting, running)
    return await wish.stop
  } finally {
    stopTidying()
    await running.stop()
    wish.forget()
  }
}

async function tellReady({ terminal }: Setting, { ready, config, notices }: RunningServer): Promise<void> {
  const { readyLine, summary } = await import('@cloudbox/server/summary')
  const { stdout, width } = terminal
  if (config.server.json) {
    stdout.write(`${readyLine({ ...ready, notices })}\n`)
    return
  }
  // What is printed here ends in a journal that more people read than the database.
  const databaseUrl = ready.databaseUrl.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, '$1:***@')
  stdout.write(`${summary({ ...ready, databaseUrl }, [], width)}\n`)
  for (const notice of notices) printNotice(terminal, notice)
}
