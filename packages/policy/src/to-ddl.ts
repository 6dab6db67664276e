import type { Checked } from './checked.ts'
import { conjunctNodes } from './conjuncts.ts'
import { fold } from './fold.ts'
import { join, literal, READS, walk, type Node, type Parameter } from './ir.ts'
import { simplifyTrue } from './simplify.ts'
import { encodeText, quoteName, quoteText, sqlType } from './sql-text.ts'
import { UnsupportedSqlError, writeSql, type SqlDialect } from './write-sql.ts'

/** The command a policy is for, as in CREATE POLICY … FOR. */
export type RowCommand = 'select' | 'insert' | 'update' | 'delete'

/** The expressions of a CREATE POLICY. */
export interface RowSecurity {
  using?: string
  withCheck?: string
  /**
   * False when a clause reads the stored and the incoming row at once, which row security cannot. Such a clause is
   * written as `false`: direct SQL is refused rather than let through.
   */
  isComplete: boolean
}

const SESSION: Readonly<Record<Parameter, string>> = {
  'auth.uid': 'cb.uid()',
  'auth.role': 'cb.role()',
  'auth.claims': 'cb.claims()',
  'request.method': 'NULL::text',
  'request.ip': 'NULL::text',
  now: 'statement_timestamp()',
}

/**
 * Writes a policy as native row security. The caller's claims come from `cb.uid()`, `cb.role()` and `cb.claims()`,
 * which the server defines, each in a sub-select so that Postgres calls it once per statement.
 */
export function toRowSecurity(
  checked: Checked,
  command: RowCommand,
  options: { collate?: boolean } = {},
): RowSecurity {
  const bound = fold(checked.node, leaf =>
    leaf.op === 'parameter' && leaf.path === 'request.method' ? { value: command } : undefined,
  )
  const write = (nodes: readonly Node[]) =>
    writeSql(simplifyTrue(join('and', [literal('bool', true), ...nodes])), {
      ...inlineDialect,
      column: (row, column) => {
        const table = (row === 'doc' ? checked.doc : checked.next)?.table
        return `${table}.${quoteName(column)}`
      },
      hoistParameters: true,
      collation: options.collate ? ' COLLATE "C"' : '',
    })

  const reads = (node: Node, bit: number) => (node.reads & bit) !== 0
  const clauses = conjunctNodes(bound)
  if (command === 'select' || command === 'delete') return { using: write(clauses), isComplete: true }
  if (command === 'insert') return { withCheck: write(clauses), isComplete: true }
  const isMixed = (node: Node) => reads(node, READS.doc) && reads(node, READS.next)
  const refused = clauses.some(isMixed) ? [literal('bool', false)] : []
  const plain = clauses.filter(node => !isMixed(node))
  return {
    using: write([...plain.filter(node => !reads(node, READS.next)), ...refused]),
    withCheck: write([...plain.filter(node => !reads(node, READS.doc)), ...refused]),
    isComplete: refused.length === 0,
  }
}

/** Where a computed value stands: a stored generated column, or a default, which may read the session. */
export type ValuePlace = 'generated' | 'default'

/**
 * Writes an expression as the text of `GENERATED ALWAYS AS (…) STORED` or `DEFAULT (…)`: literals inlined, columns
 * unqualified, immutable when generated.
 *
 * @throws UnsupportedSqlError when the place cannot hold it.
 */
export function toGenerated(checked: Checked, place: ValuePlace = 'generated'): string {
  walk(checked.node, node => {
    if (place === 'generated' && node.op === 'parameter') throw unsupported(place, `read ${node.path}`)
    if (place === 'default' && node.op === 'column') throw unsupported(place, 'read fields')
  })
  return writeSql(checked.node, {
    ...inlineDialect,
    column: (_, column) => quoteName(column),
    allowsSubselect: false,
  })
}

function unsupported(place: ValuePlace, action: string): Error {
  return new UnsupportedSqlError(`a ${place === 'generated' ? 'computed field' : 'default'} cannot ${action}`)
}

const inlineDialect: Omit<SqlDialect, 'column'> = {
  literal(type, value) {
    const cast = sqlType(type, value)
    return value === undefined || value === null
      ? `NULL::${cast}`
      : `${quoteText(encodeText(type, value)).trim()}::${cast}`
  },
  parameter: path => SESSION[path],
  hoistParameters: false,
  allowsSubselect: true,
  collation: '',
}
