import { basename } from 'node:path'
import ts from 'typescript'

/** Names of the library that schemas are written with. */
const schemaLibrary = /\bType\.T|\bStatic</

/**
 * The types a file declares, without the schemas they are derived from: `Static<typeof user>` becomes what it stands
 * for. Schemas themselves are left out, with the library they are written with.
 */
export function typesOf(program: ts.Program, path: string): { text: string; needs: string[] } {
  const source = program.getSourceFile(path)
  if (source === undefined) throw new Error(`${path} is no part of the program`)
  const checker = program.getTypeChecker()
  let declarations = ''
  program.emit(source, (_path, text) => void (declarations = text), undefined, true)
  const declared = ts.createSourceFile('types.d.ts', declarations, ts.ScriptTarget.Latest)
  const needs = new Set<string>()
  const kept = declared.statements.map(statement => {
    const text = statement.getFullText(declared)
    if (ts.isImportDeclaration(statement)) {
      const from = (statement.moduleSpecifier as ts.StringLiteral).text
      if (!from.startsWith('.')) return ''
      needs.add(basename(from, '.ts'))
      return text
    }
    if (!schemaLibrary.test(text)) return text
    if (!ts.isTypeAliasDeclaration(statement)) return ''
    const comment = text.slice(0, statement.getStart(declared) - statement.getFullStart())
    return `${comment}export type ${statement.name.text} = ${expanded(checker, source, statement.name.text)};`
  })
  return { text: `${kept.join('')}\n`, needs: [...needs] }
}

function expanded(checker: ts.TypeChecker, source: ts.SourceFile, name: string): string {
  const module = checker.getSymbolAtLocation(source)!
  const symbol = checker.getExportsOfModule(module).find(one => one.name === name)!
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias
  return checker.typeToString(checker.getDeclaredTypeOfSymbol(symbol), undefined, flags)
}
