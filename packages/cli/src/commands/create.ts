import { relative, resolve } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { command, type Setting } from '../command.ts'
import { newFolder, packageNameOf } from '../create/app-folder.ts'
import { composeApp, packagesFrom } from '../create/compose.ts'
import { initRepository } from '../create/git.ts'
import { detectPackageManager, install, runLine } from '../create/package-manager.ts'
import { findTemplate, listTemplates, usualTemplate, type Template } from '../create/templates.ts'
import { failure } from '../failure.ts'
import { choose } from '../terminal/choose.ts'
import { ask } from '../terminal/prompt.ts'
import { whileWaiting } from '../terminal/progress.ts'

const usualName = 'my-app'

export const create = command({
  name: 'create',
  summary: 'Make a new app',
  description:
    'Asks for folder and template where somebody can be asked. What it installs with is the package manager it was started with, else npm. Nothing is written over, and nothing is left behind when something fails.\nTo try a CloudBox of your own, set CLOUDBOX_PACKAGES to the folder of tarballs that "node tools/pack.ts" made: the app installs those.',
  arguments: {
    folder: { description: 'Where to make it; its name is that of the app', optional: true },
  },
  options: {
    template: {
      type: 'string',
      value: 'NAME',
      description: `What to begin with; ${usualTemplate} where nobody can be asked`,
    },
    'no-install': { type: 'boolean', description: 'Leave out installing what it needs' },
    'no-git': { type: 'boolean', description: 'Make no git repository' },
  },
  examples: ['cloudbox create', 'cloudbox create my-app --template nextjs', 'cloudbox create . --no-install'],
  async run(setting, { arguments: given, options }) {
    const { terminal, environment, cwd } = setting
    const templates = await listTemplates()
    const named = options.template === undefined ? undefined : findTemplate(templates, options.template)
    const folder = resolve(cwd, given.folder ?? (await askFolder(setting)))
    const name = packageNameOf(folder)
    const template = named ?? (await askTemplate(setting, templates))
    const packages = await packagesFrom(environment['CLOUDBOX_PACKAGES'], manifest.version)
    const app = await composeApp(template, { name, packages })
    const manager = detectPackageManager(environment)
    const isInstalled = options['no-install'] !== true

    const made = await newFolder(folder)
    const stopping = new AbortController()
    const stop = () => stopping.abort()
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    let isRepository = false
    try {
      for (const [path, content] of app) await made.write(path, content)
      if (options['no-git'] !== true) isRepository = await initRepository(folder)
      if (isInstalled)
        await whileWaiting(terminal, `Installing with ${manager}`, () =>
          install(manager, folder, stopping.signal),
        )
    } catch (error) {
      await made.undo()
      throw error
    } finally {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    }

    const path = relative(cwd, folder)
    const next = [
      ...(path === '' ? [] : [`cd ${path.includes(' ') ? JSON.stringify(path) : path}`]),
      ...(isInstalled ? [] : [`${manager} install`]),
      runLine(manager, 'dev'),
    ]
    return {
      json: {
        name,
        folder,
        template: template.name,
        packageManager: manager,
        isInstalled,
        isRepository,
        next,
      },
      text: [
        `Made ${terminal.paint('bold', name)}: ${template.manifest.summary}.`,
        '',
        'Next:',
        ...next.map(line => `  ${terminal.paint('cyan', line)}`),
      ].join('\n'),
    }
  },
})

async function askFolder({ terminal }: Setting): Promise<string> {
  if (!terminal.isInteractive)
    throw failure('usage', 'FOLDER is missing: where to make the app.', 'cloudbox create my-app')
  const said = await ask(terminal, { question: `Folder of the app (${usualName}):`, instead: 'FOLDER' })
  return said.trim() === '' ? usualName : said.trim()
}

async function askTemplate({ terminal }: Setting, templates: readonly Template[]): Promise<Template> {
  if (!terminal.isInteractive) return findTemplate(templates, usualTemplate)
  const choices = templates.map(({ name, manifest: { summary } }) => ({ name, summary }))
  const name = await choose(terminal, { question: 'Template:', choices, instead: '--template NAME' })
  return findTemplate(templates, name)
}
