import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BuildFailure, Message } from 'esbuild'
import { Failure, failure } from '../failure.ts'
import type { Project } from './find-project.ts'

/** What a file of the app exports by default. The file is TypeScript or JavaScript and may import others. */
export async function loadModule(project: Project, path: string): Promise<unknown> {
  return loadSource(project, path, undefined)
}

/**
 * The same of a text that does not (yet) stand in that file.
 * @throws Failure `cli/cannot-load`, with file, line and column
 */
export async function loadSource(project: Project, path: string, text: string | undefined): Promise<unknown> {
  const { code, map, packages } = await bundle(project, path, text)
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 12)
  const name = `${basename(path).replace(/\.\w+$/, '')}-${hash}-${process.pid}.mjs`
  // Beside the app's packages, so that they are found from there.
  const file = join(project.state, 'build', name)
  const exported = (await evaluate(file, code).catch(async (error: unknown) => {
    throw await told(error, { project, path, text, file, map, packages })
  })) as { readonly default?: unknown }
  if (exported.default === undefined)
    throw failure(
      'cannot-load',
      `${shown(project, path)} exports nothing by default.`,
      'End it with: export default …',
    )
  return exported.default
}

interface Bundle {
  readonly code: string
  readonly map: SourceMapPayload
  /** Packages it imports, with the file of the app that does. */
  readonly packages: ReadonlyMap<string, string>
}

async function bundle(project: Project, path: string, text: string | undefined): Promise<Bundle> {
  const { build } = await import('esbuild')
  const input =
    text === undefined
      ? { entryPoints: [path] }
      : {
          stdin: {
            contents: text,
            resolveDir: dirname(path),
            sourcefile: path,
            loader: path.endsWith('s') && /\.[mc]?ts$/.test(path) ? ('ts' as const) : ('js' as const),
          },
        }
  const built = await build({
    ...input,
    absWorkingDir: project.root,
    outfile: join(project.state, 'build', 'module.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: 'external',
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: 'silent',
  }).catch((error: unknown) => {
    if (!isBuildFailure(error)) throw error
    throw unreadable(project, path, error.errors)
  })
  // The language takes the last one and says nothing.
  const twice = built.warnings.filter(({ id }) => id === 'duplicate-object-key')
  if (twice.length > 0) throw unreadable(project, path, twice)
  const output = (end: string) => built.outputFiles.find(file => file.path.endsWith(end))!.text
  const packages = new Map<string, string>()
  for (const [file, { imports }] of Object.entries(built.metafile.inputs))
    for (const one of imports) if (one.external === true) packages.set(one.path, file)
  return {
    code: output('.mjs'),
    map: JSON.parse(output('.map')) as SourceMapPayload,
    packages,
  }
}

const evaluated = new Map<string, Promise<unknown>>()

/** Imports a text. The same text is evaluated once in a process, as every module is. */
function evaluate(file: string, code: string): Promise<unknown> {
  const known = evaluated.get(file)
  if (known !== undefined) return known
  const work = (async () => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, code)
    try {
      return (await import(pathToFileURL(file).href)) as unknown
    } finally {
      await rm(file, { force: true })
    }
  })()
  evaluated.set(file, work)
  // What failed for want of a package may be tried again.
  work.catch(() => evaluated.delete(file))
  return work
}

interface Thrown {
  readonly project: Project
  readonly path: string
  readonly text: string | undefined
  readonly file: string
  readonly map: SourceMapPayload
  readonly packages: ReadonlyMap<string, string>
}

/** What was thrown while a module was evaluated, with the line of the app's file. */
async function told(error: unknown, thrown: Thrown): Promise<Failure> {
  if (error instanceof Failure) return error
  const { project, path } = thrown
  const message = error instanceof Error ? error.message : String(error)
  if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_MODULE_NOT_FOUND') {
    const [, wanted = ''] = /Cannot find package '([^']+)'/.exec(message) ?? []
    const importer = [...thrown.packages].find(([name]) => name === wanted || name.startsWith(`${wanted}/`))
    if (importer !== undefined)
      return failure(
        'cannot-load',
        `${importer[1]} imports ${wanted}, which is not installed.`,
        `npm install ${wanted}`,
      )
  }
  const place =
    (await mistakenPlace(error, thrown)) ??
    (error instanceof Error ? placeOf(error.stack ?? '', thrown) : undefined)
  return failure('cannot-load', `${place ?? shown(project, path)}: ${message}`)
}

/** Where a schema or a migration is wrong, when it says so itself. */
async function mistakenPlace(error: unknown, { project, path, text }: Thrown): Promise<string | undefined> {
  const at = (error as { readonly at?: unknown } | null)?.at
  if (!Array.isArray(at) || at.length === 0) return undefined
  const { locate } = await import('./source/locate.ts')
  const place = locate(text ?? (await readText(path)) ?? '', at.map(String))
  return place && `${shown(project, path)}:${place.line}:${place.column}`
}

/** The first line of a stack that is the app's own. */
function placeOf(stack: string, { project, file, map }: Thrown): string | undefined {
  const url = pathToFileURL(file).href
  const source = new SourceMap(map)
  for (const line of stack.split('\n')) {
    const from = line.indexOf(url)
    const [, row, column] = from === -1 ? [] : (/^:(\d+):(\d+)/.exec(line.slice(from + url.length)) ?? [])
    if (row === undefined || column === undefined) continue
    const entry = source.findEntry(Number(row) - 1, Number(column) - 1)
    if (!('originalSource' in entry)) continue
    const original = fileURLToPath(new URL(entry.originalSource, pathToFileURL(file)))
    return `${shown(project, original)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  }
  return undefined
}

function unreadable(project: Project, path: string, messages: readonly Message[]): Failure {
  const errors = messages.map(({ text, location }) => ({
    at:
      location === null
        ? shown(project, path)
        : `${shown(project, join(project.root, location.file))}:${location.line}:${location.column + 1}`,
    message: text,
  }))
  const [first] = errors
  return new Failure({
    code: 'cli/cannot-load',
    detail: `${first!.at}: ${first!.message}`,
    ...(errors.length > 1 ? { errors } : {}),
  })
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors)
}

/** A path as people of the app know it. */
export function shown({ root }: Pick<Project, 'root'>, path: string): string {
  return relative(root, path).replaceAll('\\', '/')
}

/** The text of a file; undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
