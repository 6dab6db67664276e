import { join, posix, relative } from 'node:path'
import ts from 'typescript'
import { importedNames, root, type Package } from './packages.ts'
import { typesOf } from './types-of.ts'

/**
 * JavaScript and declarations of a package, by their path below `dist/`.
 *
 * What declarations take from a package that is no dependency (the client has none) comes along, as plain types.
 * @throws Error when code imports such a package
 */
export function emit(one: Package, packages: readonly Package[]): Map<string, string> {
  const { folder, manifest } = one
  const source = join(folder, 'src')
  const brought = [...importedNames(one)].filter(name => !(name in (manifest.dependencies ?? {})))
  const program = programOf(packages)
  const emitted = new Map<string, string>()
  for (const file of program.getSourceFiles()) {
    if (!isBelow(source, file.fileName)) continue
    program.emit(file, (path, text) => void emitted.set(relative(source, path), text))
  }
  const pending: string[] = []
  for (const [path, text] of emitted) {
    const isCode = path.endsWith('.js')
    const place = (word: string, name: string) => {
      if (isCode)
        throw new Error(`${manifest.name} imports @cloudbox/${word}, which is none of its dependencies.`)
      pending.push(`${word}/${name}`)
      const below = posix.relative(posix.dirname(path), posix.join(word, name))
      return below.startsWith('.') ? below : `./${below}`
    }
    emitted.set(path, rename(text, brought, isCode, place))
  }
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (emitted.has(`${name}.d.ts`)) continue
    const [word, file] = name.split('/')
    const { text, needs } = typesOf(program, join(sourceOf(`@cloudbox/${word}`), `${file}.ts`))
    emitted.set(
      `${name}.d.ts`,
      rename(text, [], false, () => ''),
    )
    pending.push(...needs.map(other => `${word}/${other}`))
  }
  return emitted
}

let known: { readonly packages: readonly Package[]; readonly program: ts.Program } | undefined

/** One program for all packages: what one has made TypeScript work out, the others need not. */
function programOf(packages: readonly Package[]): ts.Program {
  if (known?.packages !== packages) {
    const files = packages.flatMap(({ folder, files: all }) => all.map(file => join(folder, file)))
    const program = ts.createProgram(
      files.filter(file => file.endsWith('.ts')),
      compilerOptions(),
    )
    known = { packages, program }
  }
  return known.program
}

/** Points imports to what is built. In code TypeScript has done so with those of files. */
function rename(
  text: string,
  brought: readonly string[],
  isCode: boolean,
  place: (word: string, name: string) => string,
): string {
  const renamed = text.replaceAll(
    /((?:from|import) |import\()(["'])@cloudbox\/([a-z-]+)\/([a-z-]+)\2/g,
    (all: string, before: string, quote: string, word: string, name: string) =>
      brought.includes(`@cloudbox/${word}`) ? `${before}${quote}${place(word, name)}.js${quote}` : all,
  )
  return isCode
    ? renamed
    : renamed.replaceAll(/((?:from|import) |import\()(["'])(\.{1,2}\/[^"']+)\.ts\2/g, '$1$2$3.js$2')
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { compilerOptions: given } = config as { compilerOptions: object }
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...given,
      noEmit: false,
      declaration: true,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
    },
    root,
  )
  // Each file's output would stand beside it; it is never written there.
  const folder = join(root, 'packages')
  return { ...options, outDir: folder, rootDir: folder }
}

/** Where the sources of a package lie: in the folder of its word. */
function sourceOf(name: string): string {
  return join(root, 'packages', name.replace('@cloudbox/', ''), 'src')
}

function isBelow(folder: string, path: string): boolean {
  return !relative(folder, path).startsWith('..')
}
