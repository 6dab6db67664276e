import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { collectionDoc, fieldDoc } from './print-schema.ts'
import { objectDoc, quoted, render, usualStyle, valueDoc, type Doc, type Style } from './style.ts'

/** The file of a migration. */
export function printMigration(
  parents: readonly string[],
  operations: readonly MigrationOperation[],
  style: Style = usualStyle,
): string {
  const calls = operations.map(operation => callOf(operation, style))
  const text = render(
    {
      before: 'export default migration(',
      doc: objectDoc(
        [
          ['parents', valueDoc(parents, style)],
          [
            'operations',
            { open: '[', close: ']', items: calls.map(call => call.doc), isBroken: calls.length > 0 },
          ],
        ],
        style,
        true,
      ),
      after: ')',
    },
    style,
    '',
  )
  const usesFields = operations.some(({ do: what }) =>
    /^(?:create-collection|add-field|change-field)$/.test(what),
  )
  const names = [
    ...new Set(['migration', ...calls.map(call => call.name), ...(usesFields ? ['t'] : [])]),
  ].toSorted()
  return `import { ${names.join(', ')} } from ${quoted('@cloudbox/client/schema', style)}

${text}
`
}

function callOf(operation: MigrationOperation, style: Style): { readonly name: string; readonly doc: Doc } {
  const name = operation.do.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const args = argumentsOf(operation, style)
  const [last, ...before] = args.toReversed()
  const head = before.toReversed().map(arg => render(arg, style, '', -Infinity))
  return { name, doc: { before: `${name}(${head.map(one => `${one}, `).join('')}`, doc: last!, after: ')' } }
}

function argumentsOf(operation: MigrationOperation, style: Style): Doc[] {
  const value = (one: unknown) => valueDoc(one, style)
  switch (operation.do) {
    case 'create-collection': {
      const { name, ...definition } = operation.definition
      return [value(name), collectionDoc(definition, style)]
    }
    case 'drop-collection':
      return [value(operation.collection)]
    case 'rename-collection':
      return [value(operation.collection), value(operation.to)]
    case 'rename-field':
      return [value(operation.collection), value(operation.field), value(operation.to)]
    case 'add-field': {
      const { collection, field, definition, before } = operation
      const rest = before === undefined ? [] : [value({ before })]
      return [value(collection), value(field), fieldDoc(definition, style), ...rest]
    }
    case 'change-field': {
      const { collection, field, definition, using, online } = operation
      const shown = using !== undefined && 'cel' in using ? using.cel : using
      const rest = using === undefined && online === undefined ? [] : [value({ using: shown, online })]
      return [value(collection), value(field), fieldDoc(definition, style), ...rest]
    }
    case 'drop-field':
      return [value(operation.collection), value(operation.field)]
    case 'order-fields':
      return [value(operation.collection), value(operation.fields)]
    case 'set-flexible':
      return [value(operation.collection), value(operation.flexible)]
    case 'add-index': {
      const { collection, definition, online } = operation
      return [value(collection), value(definition), ...(online === undefined ? [] : [value({ online })])]
    }
    case 'drop-index':
      return [value(operation.collection), value(operation.index)]
    case 'change-policy':
      return [value(operation.collection), value(operation.operation), value(operation.policy)]
    case 'sql': {
      const { up, down } = operation
      return [value({ up, down })]
    }
  }
}
