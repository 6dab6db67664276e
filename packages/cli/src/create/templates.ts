import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closest } from '../closest.ts'
import { failure } from '../failure.ts'

/** `template.json` of a template. */
interface TemplateManifest {
  /** As its makers write it: `SvelteKit`. */
  readonly title: string
  /** One line for the list. */
  readonly summary: string
  /** Where files of `_shared/` go. Those every app has (schema, README, …) need no line. */
  readonly shared: Readonly<Record<string, string>>
  /** What its tools make, for `.gitignore`. */
  readonly ignored: readonly string[]
  /** Where a reader begins, for README and AGENTS.md. */
  readonly files: Readonly<Record<string, string>>
  /** How it gets ready for production, for README. */
  readonly production: string
}

export interface Template {
  readonly name: string
  readonly folder: string
  readonly manifest: TemplateManifest
}

/** Whoever says nothing gets this one. */
export const usualTemplate = 'react'

export const sharedName = '_shared'
export const manifestName = 'template.json'

/** The folder `templates/`: in the published package beside the program, in the repository at its root. */
function templatesFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'templates')
    if (existsSync(join(candidate, sharedName))) return candidate
    if (folder === dirname(folder))
      throw failure('not-whole', 'This package holds no templates.', 'Install cloudbox-cli again.')
  }
}

/** Every template, the usual one first. Folders without a manifest are something else. */
export async function listTemplates(folder = templatesFolder()): Promise<Template[]> {
  const templates = await Promise.all(
    (await readdir(folder)).map(async name => {
      const path = join(folder, name, manifestName)
      if (!existsSync(path)) return []
      const manifest = JSON.parse(await readFile(path, 'utf8')) as TemplateManifest
      return [{ name, folder: join(folder, name), manifest }]
    }),
  )
  const rank = ({ name }: Template) => (name === usualTemplate ? 0 : 1)
  return templates.flat().toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

/** @throws Failure `cli/unknown-template` */
export function findTemplate(templates: readonly Template[], name: string): Template {
  const found = templates.find(template => template.name === name)
  if (found !== undefined) return found
  const names = templates.map(template => template.name)
  const meant = closest(name.toLowerCase(), names)
  throw failure(
    'unknown-template',
    `There is no template "${name}".`,
    meant === undefined ? `One of: ${names.join(', ')}.` : `Did you mean --template ${meant}?`,
  )
}
