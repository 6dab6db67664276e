import { join } from 'node:path'
import type { RunningServer } from '@cloudbox/server/start'
import type { Setting } from '../command.ts'
import { Failure, failure } from '../failure.ts'
import { findProject, projectAt, type Project } from '../project/find-project.ts'
import { appName } from './app-name.ts'
import { startCompanion, type Companion } from './companion.ts'
import { envFileOf, namedVariables, writeEnvFile, type EnvFile } from './env-file.ts'
import { consoleUrl, localOwner } from './local-owner.ts'
import { followFolder } from './follow-folder.ts'
import { reporter, type Reporter } from './reporter.ts'
import { choosePort, startDevServer } from './start-server.ts'
import { isRunning, prepareState, readState, writeState } from './state.ts'
import { wishToStop } from './wish-to-stop.ts'

export interface DevOptions {
  readonly port?: string | undefined
  readonly host?: string | undefined
  readonly run?: string | undefined
  readonly once?: boolean | undefined
  readonly logLevel?: string | undefined
}

/** A port may be taken between the moment it was found free and the moment we listen. */
const portAttempts = 5

/** Runs CloudBox for an app until it is told to stop; answers the exit code. */
export async function runDev(setting: Setting, options: DevOptions): Promise<number> {
  const startedAtMs = performance.now()
  const { terminal, cwd, isJson, environment } = setting
  const project = findProject(cwd) ?? projectAt(cwd)
  const env = await envFileOf(project.root)
  const say = reporter(terminal, isJson)
  const wish = wishToStop()
  const undo: (() => unknown)[] = [() => wish.forget()]
  try {
    await prepareState(project)
    const running = await startHere(setting, project, options)
    undo.push(() => running.stop())
    if (wish.isStopping) return 0
    const app = await announce(project, running, env, say)

    const folder = await followFolder({ project, app, running, say, isOnce: options.once === true })
    undo.push(() => folder.stop())
    await tellReady(setting, running, app, performance.now() - startedAtMs)
    if (options.once === true) return folder.isGood ? 0 : 1
    if (wish.isStopping) return 0

    const companion =
      options.run === undefined ? undefined : startBeside(options.run, project, app, env, environment, say)
    if (companion === undefined) return await wish.stop
    undo.push(() => companion.stop())
    const ended = companion.ended.then(code => {
      if (!wish.isStopping) say.note('output-ended', { code }, `${options.run} ended with ${code}.`)
      return code
    })
    return await Promise.race([wish.stop, ended])
  } finally {
    for (const stop of undo.toReversed()) await stop()
  }
}

/** What an app and its programs know of the running environment. */
export interface RunningApp {
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
  /** Opens the console without asking for anything. */
  readonly consoleUrl: string
}

async function startHere(
  { environment }: Setting,
  project: Project,
  { port: wished, host, logLevel }: DevOptions,
): Promise<RunningServer> {
  const known = await readState(project)
  const name = known?.project ?? (await appName(project.root))
  for (let attempt = 1; ; attempt++) {
    const { port, isWished } = await choosePort(wished, known?.port)
    const dataDir = join(project.state, 'data')
    try {
      return await startDevServer({ dataDir, project: name, port, host, logLevel, environment })
    } catch (error) {
      const code = error instanceof Failure ? error.body.code : ''
      if (code === 'postgres/in-use') throw runsAlready(known)
      if (code !== 'server/port-taken' || isWished || attempt === portAttempts) throw error
    }
  }
}

function runsAlready(known: Awaited<ReturnType<typeof readState>>): Failure {
  const where = known?.environmentUrl === undefined ? '' : `: ${known.environmentUrl}`
  const process = isRunning(known?.pid) ? ` (process ${known!.pid})` : ''
  return failure(
    'runs-already',
    `"cloudbox dev" runs here already${where}${process}.`,
    'Use that one, or stop it first with Ctrl-C.',
  )
}

/** Tells other commands and the app where the environment is. */
async function announce(
  project: Project,
  running: RunningServer,
  env: EnvFile | undefined,
  say: Reporter,
): Promise<RunningApp> {
  const { ready, config } = running
  const { environmentUrl, publishableKey, secretKey } = ready
  if (environmentUrl === undefined || publishableKey === undefined || secretKey === undefined)
    throw failure(
      'not-whole',
      `The environment of this app in ${project.state} has been renamed or removed, or its keys revoked.`,
      `Bring it back on ${ready.url}/console (npm start), or begin anew: remove ${project.state}.`,
    )
  const url = new URL(environmentUrl)
  const owner = await localOwner(running, (await readState(project))?.owner)
  await writeState(project, {
    environmentUrl,
    publishableKey,
    secretKey,
    pid: process.pid,
    project: url.pathname.split('/')[1]!,
    port: Number(url.port) || config.server.port,
    ...(owner !== undefined && { owner }),
  })
  const app = {
    ...{ url: environmentUrl, publishableKey, secretKey },
    consoleUrl: consoleUrl(ready.url, environmentUrl, owner),
  }
  if (env !== undefined && (await writeEnvFile(project.root, env, app)))
    say.done('env-file', { file: env.file }, `${env.file} says where the environment is`)
  return app
}

async function tellReady(
  { terminal, isJson }: Setting,
  running: RunningServer,
  { consoleUrl }: RunningApp,
  ms: number,
): Promise<void> {
  const { stdout, width } = terminal
  const { setUpUrl: _done, ...others } = running.ready
  const ready = { ...others, consoleUrl }
  if (isJson) {
    stdout.write(`${JSON.stringify({ event: 'ready', ...ready, ms: Math.round(ms) })}\n`)
    return
  }
  const { summary } = await import('@cloudbox/server/summary')
  stdout.write(`${summary(ready, [], width)}\n`)
}

function startBeside(
  commandLine: string,
  { root }: Project,
  app: RunningApp,
  env: EnvFile | undefined,
  environment: Setting['environment'],
  say: Reporter,
): Companion {
  const name = /^[\w.@/-]+/.exec(commandLine.trim())?.[0].split('/').at(-1) ?? 'app'
  return startCompanion({
    commandLine,
    cwd: root,
    environment: {
      ...environment,
      ...namedVariables(app, ''),
      ...(env === undefined ? {} : namedVariables(app, env.prefix)),
    },
    tell: line => say.companion(name, line),
  })
}
