import type { RehearsedSchemaStep } from '@cloudbox/protocol/schema-replies'
import type { StructureStep } from '../../data/module.ts'

/** From so many documents on it is felt that everybody else waits. */
const manyRows = 20_000

type Measures = Pick<RehearsedSchemaStep, 'isRewrite' | 'rows' | 'ms'>

/** What to do instead where a step keeps others waiting. Pure. */
export function saferWay(step: StructureStep, { isRewrite, rows }: Measures): string | undefined {
  if (rows < manyRows) return undefined
  const count = rows.toLocaleString('en')
  switch (step.kind) {
    case 'change-field':
      return isRewrite || step.using !== undefined
        ? `It writes ${count} documents anew, and nobody reads or writes them meanwhile. Use online: true, alone in its migration: batches beside reads and writes.`
        : undefined
    case 'add-index':
      return `Whoever writes waits until ${count} documents are indexed. Use online: true, alone in its migration: writers go on meanwhile.`
    case 'add-field':
      return isRewrite
        ? `It writes ${count} documents anew, and nobody reads or writes them meanwhile. Add the field without default, then fill it with an online change-field.`
        : undefined
    case 'drop-field':
      return `It copies ${count} values to the trash, and nobody reads or writes them meanwhile. Do it when few do.`
    default:
      return undefined
  }
}
