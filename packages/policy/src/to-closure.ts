import type { Bound } from './bind.ts'
import type { Node } from './ir.ts'
import type { Truth } from './kleene.ts'
import { arithmeticFunction, conversionFunction, runtime, type Runtime } from './runtime.ts'
import type { Row } from './schema.ts'

/** Sets that stand for lookups, in the order of `lookups()`. */
export type LookupSets = readonly { has(value: unknown): boolean }[]
/** Computes a value from a stored row, an incoming row, and lookup sets. Absent is `undefined`. */
export type Evaluate = (doc: Row, next: Row, sets: LookupSets) => unknown

const EMPTY: Row = {}
const NO_SETS: LookupSets = []

/**
 * The backend without `eval`, for browsers and edge runtimes: closures composed into one another, which compute in
 * three-valued logic. True only when the predicate is true of the row.
 */
export function toClosure(bound: Bound): (doc?: Row, next?: Row, sets?: LookupSets) => boolean {
  const evaluate = composeNode(bound.node)
  return (doc = EMPTY, next = EMPTY, sets = NO_SETS) => evaluate(doc, next, sets) === true
}

/** Like {@link toClosure}, but says unknown apart from false; for any expression its value. */
export function toClosureValue(bound: Bound): (doc?: Row, next?: Row, sets?: LookupSets) => unknown {
  const evaluate = composeNode(bound.node)
  return (doc = EMPTY, next = EMPTY, sets = NO_SETS) => evaluate(doc, next, sets)
}

/** Composes the closure of one node. Not reentrant: the variables of quantifiers live in a frame beside it. */
export function composeNode(root: Node, rules: Runtime = runtime): Evaluate {
  // Indexed by name, not typed per function: operands have the types the checker gave them.
  const call = rules as unknown as Record<string, (...args: unknown[]) => unknown>
  const frame: unknown[] = []
  const slots = new Map<string, number>()
  let slotCount = 0

  function compose(node: Node): Evaluate {
    switch (node.op) {
      case 'literal': {
        const { value } = node
        return () => value
      }
      case 'column': {
        const { column } = node
        const read = (row: Row) => (Object.hasOwn(row, column) ? row[column] : undefined)
        return node.row === 'doc' ? doc => read(doc) : (_, next) => read(next)
      }
      case 'variable': {
        const slot = slots.get(node.name) as number
        return () => frame[slot]
      }
      case 'and':
      case 'or':
        return composeJunction(node.args.map(compose), node.op === 'or')
      case 'not':
        return apply1(node.args[0], value => !value)
      case 'compare':
        return apply2(node.args, comparison(node))
      case 'json-equals':
        return apply2(node.args, rules.jsonEquals)
      case 'among':
        return composeAmong(node)
      case 'in-list': {
        const isDouble = node.args[0].type === 'double'
        const [needle, list] = node.args.map(compose) as [Evaluate, Evaluate]
        return (doc, next, sets) => {
          const items = list(doc, next, sets) as readonly unknown[] | undefined
          if (items === undefined) return undefined
          const value = needle(doc, next, sets)
          // Nothing is in an empty list, not even what is absent.
          if (value === undefined) return items.length === 0 ? false : undefined
          return someKleene(items, item => equal(isDouble, value, item))
        }
      }
      case 'has': {
        const value = compose(node.args[0])
        return (doc, next, sets) => value(doc, next, sets) !== undefined
      }
      case 'text-test': {
        const method = node.test === 'contains' ? 'includes' : node.test
        return apply2(node.args, (text, part) => (text as string)[method](part as string))
      }
      case 'matches': {
        const isFound = rules.matcherOf(node.pattern)
        return apply1(node.args[0], text => isFound(text as string))
      }
      case 'like': {
        const matches = rules.compileLike(node.pattern, node.ignoreCase)
        return apply1(node.args[0], text => matches(text as string))
      }
      case 'list-test': {
        const { test } = node
        const isDouble = node.args[0].type === 'list<double>'
        return apply2(node.args, (list, values) =>
          rules.testList(
            test,
            list as unknown[],
            values as unknown[],
            (a, b) => equal(isDouble, a, b) === true,
          ),
        )
      }
      case 'quantifier':
        return composeQuantifier(node)
      case 'in-set': {
        const { set } = node
        const value = node.args[0] ? compose(node.args[0]) : () => true
        return (doc, next, sets) => {
          const found = value(doc, next, sets)
          return found !== undefined && (sets[set]?.has(found) ?? false)
        }
      }
      case 'conditional': {
        const [condition, whenTrue, whenFalse] = node.args.map(compose) as [Evaluate, Evaluate, Evaluate]
        return (doc, next, sets) => {
          const chosen = condition(doc, next, sets)
          return chosen === undefined ? undefined : (chosen ? whenTrue : whenFalse)(doc, next, sets)
        }
      }
      case 'or-else': {
        const [value, fallback] = node.args.map(compose) as [Evaluate, Evaluate]
        return (doc, next, sets) => value(doc, next, sets) ?? fallback(doc, next, sets)
      }
      case 'convert': {
        const name = conversionFunction(node)
        if (name === undefined) return compose(node.args[0])
        return apply1(node.args[0], name === 'String' ? String : (call[name] as () => unknown))
      }
      case 'arithmetic':
        return apply2(node.args, call[arithmeticFunction(node)] as () => unknown)
      case 'concat':
        return apply2(node.args, (a, b) => `${a as string}${b as string}`)
      case 'lower':
        return apply1(node.args[0], text => rules.lowerAscii(text as string))
      case 'size': {
        const { type } = node.args[0]
        if (type === 'string') return apply1(node.args[0], text => rules.textSize(text as string))
        return apply1(node.args[0], type === 'json' ? rules.jsonSize : list => (list as unknown[]).length)
      }
      case 'time-part': {
        const { part } = node
        return apply1(node.args[0], us => rules.timePart(part, us as number))
      }
      case 'select': {
        const { key } = node
        return apply1(node.args[0], value => rules.jsonItem(value, key))
      }
      case 'parameter':
      case 'member':
      case 'lookup':
        throw new TypeError(`cannot evaluate a ${node.op} before it is bound`)
    }
  }

  function apply1(arg: Node, f: (value: unknown) => unknown): Evaluate {
    const value = compose(arg)
    return (doc, next, sets) => {
      const present = value(doc, next, sets)
      return present === undefined ? undefined : f(present)
    }
  }
  function apply2(args: readonly [Node, Node], f: (a: unknown, b: unknown) => unknown): Evaluate {
    const left = compose(args[0])
    const right = compose(args[1])
    return (doc, next, sets) => {
      const a = left(doc, next, sets)
      if (a === undefined) return undefined
      const b = right(doc, next, sets)
      return b === undefined ? undefined : f(a, b)
    }
  }
  function equal(isDouble: boolean, a: unknown, b: unknown): Truth {
    if (b === undefined) return undefined
    return isDouble ? rules.doublesEqual(a as number, b as number) : a === b
  }
  function comparison(node: Node & { op: 'compare' }): (a: unknown, b: unknown) => boolean {
    const { type } = node.args[0]
    if (node.comparison === '==') return (a, b) => equal(type === 'double', a, b) === true
    const less = lessOf(type)
    switch (node.comparison) {
      case '<':
        return less
      case '>':
        return (a, b) => less(b, a)
      case '<=':
        return (a, b) => !less(b, a)
      case '>=':
        return (a, b) => !less(a, b)
    }
  }
  function lessOf(type: string): (a: unknown, b: unknown) => boolean {
    if (type === 'string') return (a, b) => rules.compareText(a as string, b as string) < 0
    if (type === 'decimal') return (a, b) => rules.compareDecimals(a as string, b as string) < 0
    if (type === 'double') return (a, b) => rules.doubleLess(a as number, b as number)
    return (a, b) => (a as number) < (b as number)
  }
  function composeAmong(node: Node & { op: 'among' }): Evaluate {
    const [needle, ...items] = node.args.map(compose) as [Evaluate, ...Evaluate[]]
    const isDouble = node.args[0].type === 'double'
    return (doc, next, sets) => {
      const value = needle(doc, next, sets)
      if (value === undefined) return undefined
      return someKleene(items, item => equal(isDouble, value, item(doc, next, sets)))
    }
  }
  function composeQuantifier(node: Node & { op: 'quantifier' }): Evaluate {
    const isJson = node.args[0].type === 'json'
    const list = compose(node.args[0])
    const slot = slotCount++
    slots.set(node.variable, slot)
    const body = compose(node.args[1])
    const { every } = node
    return (doc, next, sets) => {
      const value = list(doc, next, sets)
      const items = isJson ? rules.jsonArray(value) : (value as unknown[] | undefined)
      if (items === undefined) return undefined
      const result = someKleene(items, item => {
        frame[slot] = isJson ? rules.presentJson(item) : item
        const truth = body(doc, next, sets) as Truth
        return every && truth !== undefined ? !truth : truth
      })
      return every && result !== undefined ? !result : result
    }
  }

  return compose(root)
}

function composeJunction(operands: readonly Evaluate[], deciding: boolean): Evaluate {
  return (doc, next, sets) => {
    let result: Truth = !deciding
    for (const operand of operands) {
      const truth = operand(doc, next, sets)
      if (truth === deciding) return deciding
      if (truth === undefined) result = undefined
    }
    return result
  }
}

function someKleene<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let result: Truth = false
  for (const item of items) {
    const truth = test(item)
    if (truth === true) return true
    if (truth === undefined) result = undefined
  }
  return result
}
