import assert from 'node:assert/strict'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const modulesFolder = join(root, 'packages/server/src/modules')
const list = join(modulesFolder, 'index.ts')

const names = readdirSync(modulesFolder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
/** What each module needs, from its `needs: { … }`. */
const needs = new Map(
  names.map(name => {
    const door = readFileSync(join(modulesFolder, name, 'module.ts'), 'utf8')
    const words = /needs: \{([^}]*)\}/.exec(door)?.[1] ?? ''
    return [name, words.split(',').map(word => word.trim().split(':')[0]!)]
  }),
)
/** The modules nobody needs. */
const leaves = names.filter(name => ![...needs.values()].some(needed => needed.includes(name)))

// Checking everything once for each of them takes minutes: what is left must do without all of them, and they without each other.

test('modules nobody needs can be deleted with their lines in the list', () => {
  assert.ok(leaves.length > 0, 'every module is needed by another')
  const { options, fileNames } = parsedConfig()
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = path => !isGone(path) && fileExists(path)
  host.readFile = path => (isGone(path) ? undefined : path === list ? listOfTheRest() : readFile(path))
  host.getSourceFile = (path, ...rest) => {
    if (isGone(path)) return undefined
    if (path !== list) return getSourceFile(path, ...rest)
    return ts.createSourceFile(path, listOfTheRest(), options.target ?? ts.ScriptTarget.ESNext)
  }
  const rootNames = fileNames.filter(path => !isGone(path))
  const program = ts.createProgram({ rootNames, options, host })
  const mistakes = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()]
  assert.equal(
    ts.formatDiagnostics(mistakes, host),
    '',
    `without ${leaves.join(', ')} the rest does not compile`,
  )
})

test('modules nobody needs know nothing of each other', () => {
  for (const name of leaves) {
    const folder = join(modulesFolder, name)
    for (const file of globSync('**/*.ts', { cwd: folder }).map(path => join(folder, path)))
      for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
        if (!fileName.startsWith('.')) continue
        const [other = ''] = relative(modulesFolder, resolve(dirname(file), fileName)).split('/')
        const isForeign = other !== name && leaves.includes(other)
        assert.ok(!isForeign, `${relative(root, file)} imports from ${other}, which may be deleted`)
      }
  }
})

function parsedConfig(): ts.ParsedCommandLine {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => assert.fail('tsconfig.json is broken'),
  }
  return ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, host)!
}

/** Benches measure modules by their parts, and go with them. */
function isGone(path: string): boolean {
  return (
    path.startsWith(join(root, 'bench/')) ||
    leaves.some(name => path.startsWith(`${join(modulesFolder, name)}/`))
  )
}

function listOfTheRest(): string {
  const isOfLeaf = (line: string) => leaves.some(name => line.includes(`./${name}/module.ts`))
  const kept = readFileSync(list, 'utf8')
    .split('\n')
    .filter(line => !isOfLeaf(line))
  return leaves.reduce(
    (text, name) => text.replace(new RegExp(`,?\\s*\\b${name}\\b(?=[,\\]\\s])`), ''),
    kept.join('\n'),
  )
}
