import manifest from '../package.json' with { type: 'json' }
import { openApi } from './api.ts'
import { completed, type Command, type Outcome, type Setting } from './command.ts'
import { commands } from './commands.ts'
import { Failure } from './failure.ts'
import { commandHelp, groupHelp, overview } from './help.ts'
import { printFailure } from './print-failure.ts'
import { groupOf, readGiven, readLine, unknownCommand, type Line } from './read-line.ts'
import { findProject } from './project/find-project.ts'
import { linkOf } from './project/target.ts'
import { configFolder } from './session/config-folder.ts'
import { SessionStore } from './session/session-store.ts'
import { tokenSource } from './session/token-source.ts'
import { openTerminal, type Streams, type Terminal } from './terminal/terminal.ts'
import { serverUrl } from './server-url.ts'

/** Runs one command line and answers its exit code. */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  streams: Streams,
  cwd: string = process.cwd(),
): Promise<number> {
  const terminal = openTerminal(streams, environment)
  const line = readLine(commands, argv)
  try {
    const command = line.command && (await completed(line.command))
    const outcome =
      tell(terminal, { ...line, command }) ??
      (await carryOut(terminal, { ...line, command }, { argv, environment, cwd }))
    if (outcome !== undefined) print(terminal, line.isJson, outcome)
    return outcome?.exitCode ?? 0
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (line.isJson) terminal.stdout.write(`${JSON.stringify({ error: error.body }, null, 2)}\n`)
    else printFailure(terminal, error)
    return error.exitCode
  }
}

/** Help and version. */
function tell(terminal: Terminal, { isHelp, isVersion, words, command }: Line): Outcome | undefined {
  const { name, version } = manifest
  if (isVersion) return { json: { name, version }, text: version }
  if (words.length === 0)
    return { json: { commands: commands.map(brief) }, text: overview(terminal, commands) }
  if (command !== undefined)
    return isHelp ? { json: brief(command), text: commandHelp(terminal, command) } : undefined
  const group = groupOf(commands, words)
  if (!isHelp || group.length === 0) throw unknownCommand(commands, words)
  return { json: { commands: group.map(brief) }, text: groupHelp(terminal, words.join(' '), group) }
}

async function carryOut(
  terminal: Terminal,
  { command, isJson }: Line,
  { argv, environment, cwd }: Pick<Setting, 'environment' | 'cwd'> & { readonly argv: readonly string[] },
): Promise<Outcome | undefined> {
  const given = readGiven(command!, argv)
  const store = new SessionStore(configFolder(environment))
  const url = await serverUrl(
    given.options['url'] as string | undefined,
    environment,
    store,
    async () => (await linkOf(findProject(cwd)))?.url,
  )
  const tokens = tokenSource(store, url, environment)
  const api = openApi(url, tokens)
  const setting = { terminal, environment, store, api, url, tokens, cwd, isJson }
  return (await command!.run(setting, given as Parameters<Command['run']>[1])) ?? undefined
}

function print({ stdout, stderr }: Terminal, isJson: boolean, { json, text, notes = [] }: Outcome): void {
  if (isJson) {
    if (json !== undefined) stdout.write(`${JSON.stringify(json, null, 2)}\n`)
    return
  }
  if (text !== undefined) stdout.write(`${text}\n`)
  for (const note of notes) stderr.write(`${note}\n`)
}

function brief({ name, summary, arguments: given = {}, options = {}, examples }: Command) {
  return { name, summary, arguments: given, options, examples }
}
