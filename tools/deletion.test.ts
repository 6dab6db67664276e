import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const modulesFolder = join(root, 'packages/server/src/modules')
const list = join(modulesFolder, 'index.ts')

/** The modules nobody needs, from the `needs: { … }` of every module. */
function leaves(): string[] {
  const names = readdirSync(modulesFolder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
  const needed = names.flatMap(name => {
    const door = readFileSync(join(modulesFolder, name, 'module.ts'), 'utf8')
    const needs = /needs: \{([^}]*)\}/.exec(door)?.[1] ?? ''
    return needs.split(',').map(word => word.trim().split(':')[0]!)
  })
  return names.filter(name => !needed.includes(name))
}

function parsedConfig(): ts.ParsedCommandLine {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => assert.fail('tsconfig.json is broken'),
  }
  return ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, host)!
}

/** The repository without one module and without its line in the list, for the compiler. */
function without(name: string, { options, fileNames }: ts.ParsedCommandLine) {
  const host = ts.createIncrementalCompilerHost(options)
  // Benches measure modules by their parts, and go with them.
  const isGone = (path: string) =>
    path.startsWith(`${join(modulesFolder, name)}/`) || path.startsWith(join(root, 'bench/'))
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = path => !isGone(path) && fileExists(path)
  host.readFile = path => (isGone(path) ? undefined : path === list ? listWithout(name) : readFile(path))
  host.getSourceFile = (path, ...rest) => {
    if (isGone(path)) return undefined
    if (path !== list) return getSourceFile(path, ...rest)
    const text = listWithout(name)
    const file = ts.createSourceFile(path, text, options.target ?? ts.ScriptTarget.ESNext)
    return Object.assign(file, { version: ts.sys.createHash!(text) })
  }
  return { host, rootNames: fileNames.filter(path => !isGone(path)) }
}

function listWithout(name: string): string {
  const lines = readFileSync(list, 'utf8').split('\n')
  const kept = lines.filter(line => !line.includes(`./${name}/module.ts`)).join('\n')
  return kept.replace(new RegExp(`,?\\s*\\b${name}\\b(?=[,\\]\\s])`), '')
}

test('a module nobody needs can be deleted with its line in the list', async t => {
  const found = leaves()
  assert.ok(found.length > 0, 'every module is needed by another')
  const config = parsedConfig()
  const { options, fileNames: rootNames } = config
  const host = ts.createIncrementalCompilerHost(options)
  // Only what a missing module touches is checked again.
  const whole = ts.createIncrementalProgram({ rootNames, options, host })
  whole.getSemanticDiagnostics()
  for (const name of found)
    await t.test(name, () => {
      const rest = without(name, config)
      const program = ts.createSemanticDiagnosticsBuilderProgram(
        rest.rootNames,
        options,
        rest.host,
        whole as unknown as ts.SemanticDiagnosticsBuilderProgram,
      )
      const mistakes = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()]
      assert.equal(ts.formatDiagnostics(mistakes, rest.host), '', `without ${name} the rest does not compile`)
    })
})
