import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { manifestName, sharedName, type Template } from './templates.ts'

/** What npm gives the app for the packages of CloudBox: a range, or a file while CloudBox itself is worked on. */
export type Packages = Readonly<Record<string, string>>

interface Manifest {
  readonly name: string
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly cloudbox: { readonly env: { readonly file: string } }
}

/** Files that every app gets, whatever its framework. */
const everywhere = ['cloudbox/schema.ts', 'cloudbox/types.ts', 'README.md', 'AGENTS.md', 'gitignore']

/** Every file of a new app by its path in it. */
export async function composeApp(
  template: Template,
  app: { readonly name: string; readonly packages: Packages },
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const shared = join(template.folder, '..', sharedName)
  const own = await filesBelow(template.folder)
  const manifest = JSON.parse(await readFile(join(template.folder, 'package.json'), 'utf8')) as Manifest
  const fill = fillIn(textsOf(template, manifest, app.name))
  const given = [
    ...everywhere.map(name => [name, name] as const),
    ...Object.entries(template.manifest.shared),
  ]
  for (const [from, to] of given) {
    const content = await readFile(join(shared, from))
    const isText = from.endsWith('.md') || from === 'gitignore'
    // npm leaves files called .gitignore out of packages.
    files.set(
      to === 'gitignore' ? '.gitignore' : to,
      isText ? Buffer.from(fill(content.toString())) : content,
    )
  }
  for (const path of own) files.set(path, await readFile(join(template.folder, path)))
  files.delete(manifestName)
  files.set('package.json', Buffer.from(`${JSON.stringify(adapt(manifest, app), null, 2)}\n`))
  return files
}

/** What the template's own tools made there, when somebody tried it in place, is none of it. */
const made = new Set(['node_modules', 'dist', '.cloudbox'])

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = await Promise.all(
    entries
      .filter(({ name }) => !made.has(name))
      .map(async entry => {
        if (!entry.isDirectory()) return [entry.name]
        const below = await filesBelow(join(folder, entry.name))
        return below.map(path => `${entry.name}/${path}`)
      }),
  )
  return nested.flat()
}

function textsOf({ manifest }: Template, { scripts, cloudbox }: Manifest, name: string) {
  const list = (lines: readonly string[]) => lines.join('\n')
  const checks = [
    ...(scripts['build'] === undefined ? [] : ['- `npm run build` has to pass before a change is done.']),
    ...(scripts['check'] === undefined ? [] : ['- `npm run check` looks at the types.']),
  ]
  return {
    name,
    title: manifest.title,
    envFile: cloudbox.env.file,
    ignored: list(manifest.ignored),
    files: list(Object.entries(manifest.files).map(([path, what]) => `- \`${path}\`: ${what}`)),
    checks: list(checks),
    production: manifest.production,
  }
}

function fillIn(texts: Readonly<Record<string, string>>): (text: string) => string {
  return text => {
    const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_all, word: string) => texts[word] ?? '')
    return filled.replaceAll(/\n{3,}/g, '\n\n')
  }
}

function adapt(
  manifest: Manifest,
  { name, packages }: { readonly name: string; readonly packages: Packages },
) {
  const known = { ...manifest.dependencies, ...manifest.devDependencies }
  const replace = (all: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(all).map(([one, range]) => [one, packages[one] ?? range]))
  const more = Object.entries(packages).filter(([one]) => !(one in known))
  return {
    ...manifest,
    name,
    dependencies: replace(manifest.dependencies),
    devDependencies: { ...replace(manifest.devDependencies), ...Object.fromEntries(more) },
  }
}

/**
 * The packages of CloudBox in this version; or, in a folder of tarballs as `node tools/pack.ts` makes them, those.
 */
export async function packagesFrom(folder: string | undefined, version: string): Promise<Packages> {
  if (folder === undefined || folder === '')
    return { '@cloudbox/client': `^${version}`, 'cloudbox-cli': `^${version}` }
  const tarballs = (await readdir(folder)).filter(file => file.endsWith('.tgz'))
  return Object.fromEntries(
    tarballs.map(file => [packageName(file), `file:${join(folder, file).split(sep).join('/')}`]),
  )
}

/** `cloudbox-server-0.1.0.tgz` is `@cloudbox/server`; the command line alone has no scope. */
function packageName(tarball: string): string {
  const name = /^(.*?)-\d+\.\d+\.\d+/.exec(tarball)?.[1] ?? tarball
  return name === 'cloudbox-cli' ? name : name.replace(/^cloudbox-/, '@cloudbox/')
}
