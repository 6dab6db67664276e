import type { Checked } from './checked.ts'
import { fold } from './fold.ts'
import { join, literal, make, not, type Node, type Parameter } from './ir.ts'
import type { Row } from './schema.ts'
import { simplifyTrue } from './simplify.ts'

/** Who asks. Missing or null parts are absent, so that an anonymous caller matches nothing by accident. */
export interface Auth {
  uid?: string | null | undefined
  role?: string | null | undefined
  /** Everything else the token says; `auth.x` reads `claims.x`. */
  claims?: Readonly<Record<string, unknown>> | null | undefined
}

/** What is known before rows are looked at. */
export interface Bindings {
  auth?: Auth | null | undefined
  request?: { method?: string | undefined; ip?: string | undefined } | undefined
  /** Microseconds since 1970. */
  nowUs?: number | bigint | undefined
  /** The incoming row; leave it out to bind it later or to read it in SQL. */
  next?: Row | undefined
  /** The stored row, when it is at hand. */
  doc?: Row | undefined
}

/** An expression in which everything known has been computed. Only columns, lookups and literals are left. */
export interface Bound {
  node: Node
}

/**
 * Computes every part of an expression that does not depend on a row, then simplifies the rest. Simplifying keeps
 * what the predicate is true of; `exact` leaves it out and keeps unknown apart from false as well.
 */
export function bind(
  checked: Pick<Checked, 'node'>,
  bindings: Bindings,
  options: { exact?: boolean } = {},
): Bound {
  const node = fold(checked.node, leaf => known(leaf, bindings))
  return { node: options.exact || node.type !== 'bool' ? node : simplifyTrue(node) }
}

function known(leaf: Node, bindings: Bindings): { value: unknown } | undefined {
  if (leaf.op === 'parameter') return { value: parameter(leaf.path, bindings) }
  if (leaf.op !== 'column') return undefined
  const row = leaf.row === 'doc' ? bindings.doc : bindings.next
  return row && { value: Object.hasOwn(row, leaf.column) ? row[leaf.column] : undefined }
}

/** Reads only what is asked for, so that whoever binds can tell what an expression depends on. */
function parameter(path: Parameter, bindings: Bindings): unknown {
  switch (path) {
    case 'auth.uid':
      return bindings.auth?.uid
    case 'auth.role':
      return bindings.auth?.role
    case 'auth.claims':
      return bindings.auth?.claims
    case 'request.method':
      return bindings.request?.method
    case 'request.ip':
      return bindings.request?.ip
    case 'now':
      return bindings.nowUs
  }
}

/** The predicate that is true where all of these are. */
export function and(...bounds: readonly Bound[]): Bound {
  return { node: simplifyTrue(join('and', [literal('bool', true), ...bounds.map(bound => bound.node)])) }
}

/** The predicate that is true where any of these is. */
export function or(...bounds: readonly Bound[]): Bound {
  return { node: simplifyTrue(join('or', [literal('bool', false), ...bounds.map(bound => bound.node)])) }
}

/** The predicate that is true where this one is not: false or unknown. */
export function exceptWhere(bound: Bound): Bound {
  const isTrue = make({ op: 'or-else', type: 'bool', args: [bound.node, literal('bool', false)] })
  return { node: simplifyTrue(not(isTrue)) }
}

export const always: Bound = { node: literal('bool', true) }
export const never: Bound = { node: literal('bool', false) }

/** True of every row. */
export const isAlways = ({ node }: Bound): boolean => node.op === 'literal' && node.value === true
/** True of no row. */
export const isNever = ({ node }: Bound): boolean => node.op === 'literal' && node.value !== true
