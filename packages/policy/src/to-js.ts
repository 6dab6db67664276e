import { compileLike } from './like.ts'
import type { Bound } from './bind.ts'
import type { Node } from './ir.ts'
import { arithmeticFunction, conversionFunction, runtime, type Runtime } from './runtime.ts'
import type { Row } from './schema.ts'
import type { Truth } from './kleene.ts'
import type { LookupSets } from './to-closure.ts'

/** A compiled predicate: true only where the expression is true; false and unknown are both false. */
export type Predicate = (doc?: Row, next?: Row, sets?: LookupSets) => boolean

type Compiled = (doc: Row, next: Row, sets: LookupSets) => unknown
type Template = (rules: Runtime, constants: readonly unknown[]) => Compiled

const EMPTY: Row = {}
const NO_SETS: LookupSets = []
/** Predicates that differ in their literals only share one template; an app has few. */
const MAX_TEMPLATES = 10_000
const templates = new Map<string, Template>()

/**
 * Compiles a predicate to plain JavaScript comparisons with `new Function`. The source holds generated text and
 * column names as JSON strings only; literals come from a vector beside it. For runtimes without `eval` see
 * to-closure.ts.
 */
export function toJs(bound: Bound, rules: Runtime = runtime): Predicate {
  const run = compile(bound, 'true', rules)
  return (doc = EMPTY, next = EMPTY, sets = NO_SETS) => run(doc, next, sets) as boolean
}

/** Compiles an expression of any type to a function that computes its value; absent is `undefined`. */
export function toJsValue(
  bound: Bound,
  rules: Runtime = runtime,
): (doc?: Row, next?: Row, sets?: LookupSets) => unknown {
  const run = compile(bound, 'value', rules)
  return (doc = EMPTY, next = EMPTY, sets = NO_SETS) => run(doc, next, sets)
}

/** Like {@link toJs}, but tells false from unknown: for tests and for explaining a decision. */
export function toJsTruth(
  bound: Bound,
  rules: Runtime = runtime,
): (doc?: Row, next?: Row, sets?: LookupSets) => Truth {
  const isTrue = compile(bound, 'true', rules)
  const isFalse = compile(bound, 'false', rules)
  return (doc = EMPTY, next = EMPTY, sets = NO_SETS) =>
    isTrue(doc, next, sets) ? true : isFalse(doc, next, sets) ? false : undefined
}

function compile(bound: Bound, form: 'true' | 'false' | 'value', rules: Runtime): Compiled {
  const { source, constants } = writeJs(bound.node, form)
  let template = templates.get(source)
  if (!template) {
    if (templates.size >= MAX_TEMPLATES) templates.clear()
    template = new Function('R', 'K', `return (d,n,S)=>${source}`) as Template
    templates.set(source, template)
  }
  return template(rules, constants)
}

/**
 * JavaScript has no three-valued logic, so the writer has two forms of a condition, "is true" and "is false",
 * through which negation is pushed down; and the form "value", undefined when unknown. Each operand is written once
 * per node: the source is as long as the expression.
 */
export function writeJs(
  root: Node,
  form: 'true' | 'false' | 'value',
): { source: string; constants: unknown[] } {
  const constants: unknown[] = []
  const variables = new Map<string, string>()
  let temporaries = 0
  const constant = (value: unknown) => `K[${constants.push(value) - 1}]`
  const isAtom = (node: Node) => node.op === 'column' || node.op === 'literal' || node.op === 'variable'
  const isSure = (node: Node) => node.op === 'literal' && node.value !== undefined

  function all(parts: readonly string[]): string {
    const needed = parts.filter(part => part !== 'true')
    return needed.includes('false') ? 'false' : needed.length === 0 ? 'true' : `(${needed.join('&&')})`
  }
  function any(parts: readonly string[]): string {
    const needed = parts.filter(part => part !== 'false')
    return needed.includes('true') ? 'true' : needed.length === 0 ? 'false' : `(${needed.join('||')})`
  }
  /** Names the operands, computing each once, for a body that may use them more than once. */
  function withOperands(
    nodes: readonly Node[],
    write: (names: readonly string[], present: readonly string[]) => string,
  ): string {
    const computed: [string, string][] = []
    const names = nodes.map(node => {
      if (isAtom(node)) return value(node)
      const name = `t${temporaries++}`
      computed.push([name, value(node)])
      return name
    })
    const present = nodes.flatMap((node, i) => (isSure(node) ? [] : [`${names[i]}!==undefined`]))
    const body = write(names, present)
    if (computed.length === 0) return body
    return `((${computed.map(([name]) => name)})=>${body})(${computed.map(([, source]) => source)})`
  }
  /** A value computed from operands that are all present, else undefined. */
  function strict(nodes: readonly Node[], write: (...names: string[]) => string): string {
    return withOperands(nodes, (names, present) =>
      present.length === 0 ? write(...names) : `(${all(present)}?${write(...names)}:undefined)`,
    )
  }

  function equality(type: string, a: string, b: string): string {
    return type === 'double' ? `R.doublesEqual(${a},${b})` : `${a}===${b}`
  }
  function ordering(node: Node & { op: 'compare' }, a: string, b: string): string {
    const { type } = node.args[0]
    const { comparison } = node
    if (type === 'string') return `R.compareText(${a},${b})${comparison}0`
    if (type === 'decimal') return `R.compareDecimals(${a},${b})${comparison}0`
    if (type !== 'double') return `${a}${comparison}${b}`
    const [x, y] = comparison === '<' || comparison === '>=' ? [a, b] : [b, a]
    return `${comparison.length === 2 ? '!' : ''}R.doubleLess(${x},${y})`
  }

  /** "node is `wanted`" */
  function is(node: Node, wanted: boolean): string {
    switch (node.op) {
      case 'literal':
        return String(node.value === wanted)
      case 'and':
      case 'or':
        return ((node.op === 'and') === wanted ? all : any)(node.args.map(arg => is(arg, wanted)))
      case 'not':
        return is(node.args[0], !wanted)
      case 'compare':
        return isCompared(node, wanted)
      case 'json-equals': {
        const [json, scalar] = node.args
        const isExact = scalar.type !== 'double' && isSure(scalar)
        // undefined and null are neither a string nor a boolean.
        if (wanted && isExact) return `${value(json)}===${value(scalar)}`
        return `R.jsonEquals(${value(json)},${value(scalar)})===${wanted}`
      }
      case 'among':
        return isAmong(node, wanted)
      case 'has':
        return `${value(node.args[0])}${wanted ? '!==' : '==='}undefined`
      case 'text-test':
        return withOperands(node.args, ([text, part], present) => {
          const method = node.test === 'contains' ? 'includes' : node.test
          return all([...present, `${wanted ? '' : '!'}${text}.${method}(${part})`])
        })
      case 'matches': {
        const isFound = `R.matcherOf(${constant(node.pattern)})`
        return withOperands(node.args, ([text], present) =>
          all([...present, `${wanted ? '' : '!'}${isFound}(${text})`]),
        )
      }
      case 'like': {
        const matches = constant(compileLike(node.pattern, node.ignoreCase))
        return withOperands(node.args, ([text], present) =>
          all([...present, `${wanted ? '' : '!'}${matches}(${text})`]),
        )
      }
      case 'list-test':
        return withOperands(node.args, ([list, values], present) =>
          all([...present, `${wanted ? '' : '!'}${listTest(node, list, values)}`]),
        )
      case 'in-list':
        return isInList(node, wanted)
      case 'quantifier':
        return isQuantified(node, wanted)
      case 'in-set': {
        const found = node.args[0] ? value(node.args[0]) : 'true'
        return `${wanted ? '' : '!'}(S[${node.set}]!==undefined&&S[${node.set}].has(${found}))`
      }
      case 'conditional': {
        const [condition, whenTrue, whenFalse] = node.args
        return `((c)=>c===undefined?false:c?${is(whenTrue, wanted)}:${is(whenFalse, wanted)})(${value(condition)})`
      }
      default:
        return `${value(node)}===${wanted}`
    }
  }

  function listTest(node: Node & { op: 'list-test' }, list = '', values = ''): string {
    const areEqual = node.args[0].type === 'list<double>' ? 'R.doublesEqual' : '(a,b)=>a===b'
    return `R.testList('${node.test}',${list},${values},${areEqual})`
  }

  function isCompared(node: Node & { op: 'compare' }, wanted: boolean): string {
    const [left, right] = node.args
    const { type } = left
    return withOperands(node.args, ([a = '', b = ''], present) => {
      if (node.comparison !== '==')
        return all([...present, wanted ? `(${ordering(node, a, b)})` : `!(${ordering(node, a, b)})`])
      if (!wanted) return all([...present, type === 'double' ? `!R.doublesEqual(${a},${b})` : `${a}!==${b}`])
      if (type === 'double') return all([...present, equality(type, a, b)])
      // Equal to something present is present.
      return isSure(left) || isSure(right) ? `${a}===${b}` : all([`${a}!==undefined`, `${a}===${b}`])
    })
  }

  function isAmong(node: Node & { op: 'among' }, wanted: boolean): string {
    const [needle, ...items] = node.args
    const { type } = needle
    const values = items.map(item => (item.op === 'literal' ? item.value : undefined))
    if (items.every(isSure) && type !== 'double' && values.length > 8) {
      const set = constant(new Set(values))
      return withOperands([needle], ([x], present) =>
        wanted ? `${set}.has(${x})` : all([...present, `!${set}.has(${x})`]),
      )
    }
    return withOperands([needle, ...items], ([x = '', ...others], present) => {
      const [needlePresent = 'true'] = isSure(needle) ? [] : present
      const tests = others.map((other, i) => {
        const otherPresent = isSure(items[i] as Node) ? 'true' : `${other}!==undefined`
        return all([otherPresent, `${wanted ? '' : '!'}(${equality(type, x, other)})`])
      })
      return all([needlePresent, (wanted ? any : all)(tests)])
    })
  }

  function isInList(node: Node & { op: 'in-list' }, wanted: boolean): string {
    const isDouble = node.args[0].type === 'double'
    return withOperands(node.args, ([needle = '', list = '']) => {
      if (!isDouble && wanted)
        return all([`${needle}!==undefined`, `${list}!==undefined`, `${list}.includes(${needle})`])
      const equal = isDouble ? `R.doublesEqual(${needle},e)` : `${needle}===e`
      if (wanted) {
        return all([
          `${needle}!==undefined`,
          `${list}!==undefined`,
          `${list}.some(e=>e!==undefined&&${equal})`,
        ])
      }
      return all([
        `${list}!==undefined`,
        any([
          `${list}.length===0`,
          all([`${needle}!==undefined`, `${list}.every(e=>e!==undefined&&!(${equal}))`]),
        ]),
      ])
    })
  }

  function isQuantified(node: Node & { op: 'quantifier' }, wanted: boolean): string {
    const [list, body] = node.args
    const isJson = list.type === 'json'
    const name = `v${temporaries++}`
    variables.set(node.variable, name)
    const items = isJson ? `R.jsonArray(${value(list)})` : value(list)
    const test = is(body, wanted)
    const element = isJson
      ? `${name}j=>{const ${name}=R.presentJson(${name}j);return ${test}}`
      : `${name}=>${test}`
    const method = node.every === wanted ? 'every' : 'some'
    return `(l=>l!==undefined&&l.${method}(${element}))(${items})`
  }

  /** The value of a node, undefined when absent or unknown. */
  function value(node: Node): string {
    switch (node.op) {
      case 'literal':
        return node.value === undefined || typeof node.value === 'boolean'
          ? String(node.value)
          : constant(node.value)
      case 'column': {
        const row = node.row === 'doc' ? 'd' : 'n'
        const key = JSON.stringify(node.column)
        // A row may be a plain object, whose prototype is not data.
        return node.column in Object.prototype
          ? `(Object.hasOwn(${row},${key})?${row}[${key}]:undefined)`
          : `${row}[${key}]`
      }
      case 'variable':
        return variables.get(node.name) as string
      case 'select':
        return `R.jsonItem(${value(node.args[0])},${JSON.stringify(node.key)})`
      case 'and':
      case 'or':
        return `R.${node.op === 'and' ? 'allTrue' : 'anyTrue'}([${node.args.map(value)}])`
      case 'not':
        return strict(node.args, a => `!${a}`)
      case 'compare':
        return strict(node.args, (a = '', b = '') =>
          node.comparison === '==' ? equality(node.args[0].type, a, b) : ordering(node, a, b),
        )
      case 'json-equals':
        return `R.jsonEquals(${node.args.map(value)})`
      case 'has':
      case 'in-set':
        return is(node, true)
      case 'text-test':
        return strict(
          node.args,
          (text, part) => `${text}.${node.test === 'contains' ? 'includes' : node.test}(${part})`,
        )
      case 'matches': {
        const isFound = `R.matcherOf(${constant(node.pattern)})`
        return strict(node.args, text => `${isFound}(${text})`)
      }
      case 'like': {
        const matches = constant(compileLike(node.pattern, node.ignoreCase))
        return strict(node.args, text => `${matches}(${text})`)
      }
      case 'list-test':
        return strict(node.args, (list, values) => listTest(node, list, values))
      case 'among': {
        const [needle, ...items] = node.args.map(value)
        return `R.isAmong(${needle},[${items}])`
      }
      case 'in-list':
        return `R.isAmong(${node.args.map(value)})`
      case 'quantifier': {
        const [list, body] = node.args
        const name = `v${temporaries++}`
        variables.set(node.variable, name)
        const isJson = list.type === 'json'
        const items = isJson ? `R.jsonArray(${value(list)})` : value(list)
        const element = isJson ? `R.presentJson(${name})` : name
        return `(l=>l===undefined?undefined:R.${node.every ? 'allTrue' : 'anyTrue'}(l.map(${name}=>((${name})=>${value(body)})(${element}))))(${items})`
      }
      case 'conditional': {
        const [condition, whenTrue, whenFalse] = node.args
        return `((c)=>c===undefined?undefined:c?${value(whenTrue)}:${value(whenFalse)})(${value(condition)})`
      }
      case 'or-else':
        return `(${value(node.args[0])}??${value(node.args[1])})`
      case 'convert': {
        const name = conversionFunction(node)
        if (name === undefined) return value(node.args[0])
        return strict(node.args, operand =>
          name === 'String' ? `String(${operand})` : `R.${name}(${operand})`,
        )
      }
      case 'arithmetic':
        return strict(node.args, (a, b) => `R.${arithmeticFunction(node)}(${a},${b})`)
      case 'concat':
        return strict(node.args, (a, b) => `${a}+${b}`)
      case 'lower':
        return strict(node.args, a => `R.lowerAscii(${a})`)
      case 'size': {
        const { type } = node.args[0]
        return strict(node.args, a =>
          type === 'string' ? `R.textSize(${a})` : type === 'json' ? `R.jsonSize(${a})` : `${a}.length`,
        )
      }
      case 'time-part':
        return strict(node.args, a => `R.timePart('${node.part}',${a})`)
      case 'parameter':
      case 'member':
      case 'lookup':
        throw new TypeError(`cannot compile a ${node.op} before it is bound`)
    }
  }

  const source = form === 'value' ? value(root) : is(root, form === 'true')
  return { source, constants }
}
