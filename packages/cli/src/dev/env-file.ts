import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../failure.ts'

/** What an app needs to know of its environment. */
export interface AppVariables {
  readonly url: string
  readonly publishableKey: string
}

/** Where an app wants them, as its package.json says below `cloudbox.env`. */
export interface EnvFile {
  /** From the app's folder. */
  readonly file: string
  readonly prefix: string
}

/** @throws Failure `cli/usage` when package.json says something else than it may */
export async function envFileOf(root: string): Promise<EnvFile | undefined> {
  const path = join(root, 'package.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const env = read(path, text)
  if (env === undefined) return undefined
  const { file, prefix = '' } = env as { file?: unknown; prefix?: unknown }
  const isBelow =
    typeof file === 'string' && file !== '' && !/^([/\\]|[a-z]:)|(^|[/\\])\.\.([/\\]|$)/i.test(file)
  if (isBelow && typeof prefix === 'string' && /^[A-Za-z0-9_]*$/.test(prefix)) return { file, prefix }
  throw failure(
    'usage',
    `"cloudbox": { "env": … } in ${path} is not what it may be.`,
    'Write it as { "file": ".env.local", "prefix": "VITE_" }, with a file of this folder.',
  )
}

function read(path: string, text: string): object | undefined {
  try {
    const { cloudbox } = JSON.parse(text) as { cloudbox?: { env?: object } }
    return cloudbox?.env
  } catch (error) {
    throw failure('usage', `${path} is no JSON: ${(error as Error).message}`, 'Mend it, then try again.')
  }
}

/** The variables by the names an app reads them with. */
export function namedVariables(
  { url, publishableKey }: AppVariables,
  prefix: string,
): Record<string, string> {
  return { [`${prefix}CLOUDBOX_URL`]: url, [`${prefix}CLOUDBOX_KEY`]: publishableKey }
}

/** Puts them into the app's file and leaves all else of it alone. Answers whether anything was to be done. */
export async function writeEnvFile(root: string, env: EnvFile, app: AppVariables): Promise<boolean> {
  const { before, after } = await textsOf(root, env, app)
  if (after === before) return false
  await writeFile(join(root, env.file), after)
  return true
}

/** Whether the app's file says it already. */
export async function isEnvFileRight(root: string, env: EnvFile, app: AppVariables): Promise<boolean> {
  const { before, after } = await textsOf(root, env, app)
  return after === before
}

async function textsOf(
  root: string,
  { file, prefix }: EnvFile,
  app: AppVariables,
): Promise<{ readonly before: string; readonly after: string }> {
  const before = await readFile(join(root, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const after = /\.[cm]?[jt]s$/.test(file)
    ? withConstants(before, { cloudboxUrl: app.url, cloudboxKey: app.publishableKey })
    : withVariables(before, namedVariables(app, prefix))
  return { before, after }
}

/** The text of an env file in which these variables have these values. */
export function withVariables(text: string, values: Readonly<Record<string, string>>): string {
  return withLines(text, values, (name, value) => ({
    line: `${name}=${value}`,
    known: new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=.*$`, 'm'),
  }))
}

/** The text of a module that exports these constants. */
export function withConstants(text: string, values: Readonly<Record<string, string>>): string {
  return withLines(text, values, (name, value) => ({
    line: `export const ${name} = '${value}'`,
    known: new RegExp(`^export const ${name}\\b.*$`, 'm'),
  }))
}

function withLines(
  text: string,
  values: Readonly<Record<string, string>>,
  lineOf: (name: string, value: string) => { line: string; known: RegExp },
): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  let written = text
  for (const [name, value] of Object.entries(values)) {
    const { line, known } = lineOf(name, value)
    const found = known.exec(written)
    if (found === null) written += `${written === '' || written.endsWith('\n') ? '' : end}${line}${end}`
    // Without $: in a replacement it would mean something.
    else written = written.replace(known, () => line)
  }
  return written
}
