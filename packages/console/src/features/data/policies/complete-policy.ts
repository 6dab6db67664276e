import type { Scope } from '@cloudbox/policy/check-context'
import type { TableSchema } from '@cloudbox/policy/schema'

interface Completion {
  readonly label: string
  readonly type: 'variable' | 'property' | 'function' | 'keyword'
  readonly detail?: string
  /** What is written instead of the label. */
  readonly apply?: string
}

export interface Completions {
  /** Where the word begins that is completed. */
  readonly from: number
  readonly options: readonly Completion[]
}

const auth: readonly Completion[] = [
  ['uid', 'id of the user; absent without an account'],
  ['role', 'text'],
  ['roles', 'list of texts'],
  ['email', 'text'],
  ['emailVerified', 'boolean'],
  ['isAnonymous', 'boolean'],
  ['claims', 'everything the token says'],
].map(([label, detail]) => ({ label: label!, detail: detail!, type: 'property' }))

const request: readonly Completion[] = [
  ['method', 'list, get, create, update or delete'],
  ['ip', 'address of the caller'],
  ['time', 'now'],
].map(([label, detail]) => ({ label: label!, detail: detail!, type: 'property' }))

const functions: readonly Completion[] = [
  ['public', 'lets everyone in, and says why', 'public("")'],
  ['has', 'whether a value is there', 'has('],
  ['size', 'of a text or a list', 'size('],
  ['orElse', 'a value, or another where it is absent', 'orElse('],
  ['timestamp', 'a moment', 'timestamp("'],
  ['date', 'a day', 'date("'],
  ['duration', 'such as 1h30m', 'duration("'],
  ['true', '', 'true'],
  ['false', '', 'false'],
  ['null', 'absent', 'null'],
].map(([label, detail, apply]) => ({ label: label!, detail: detail!, apply: apply!, type: 'function' }))

const methods: readonly Completion[] = [
  ['startsWith', 'of texts'],
  ['endsWith', 'of texts'],
  ['contains', 'of texts'],
  ['matches', 'a regular expression'],
  ['lowerAscii', 'of texts'],
  ['size', 'of texts and lists'],
  ['exists', 'an element is so'],
  ['all', 'every element is so'],
].map(([label, detail]) => ({ label: label!, detail: detail!, apply: `${label}(`, type: 'function' }))

/** What may stand at the end of a text; undefined inside of texts and comments. */
export function completePolicy(before: string, scope: Scope): Completions | undefined {
  if (/\/\/[^\n]*$/.test(before) || isInsideText(before)) return undefined
  const word = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? ''
  const from = before.length - word.length
  const path = /((?:[A-Za-z_]\w*\.)+)$/.exec(before.slice(0, from))?.[1]?.split('.').slice(0, -1)
  if (path === undefined) return { from, options: [...rootsOf(before, scope), ...functions] }
  const options = membersOf(path, before, scope)
  return options.length === 0 ? undefined : { from, options }
}

function rootsOf(before: string, scope: Scope): Completion[] {
  const roots: [string, string][] = [
    ['auth', 'who asks'],
    ...(scope.doc ? ([['doc', 'the stored document']] as [string, string][]) : []),
    ...(scope.next ? ([['next', 'the document as it comes in']] as [string, string][]) : []),
    ['request', 'how it is asked'],
    ['now', 'the time'],
    ['db', 'other collections'],
  ]
  const bound = [...variablesOf(before).keys()].map(label => ({ label, type: 'variable' as const }))
  return [...bound, ...roots.map(([label, detail]) => ({ label, detail, type: 'keyword' as const }))]
}

function membersOf(path: readonly string[], before: string, scope: Scope): readonly Completion[] {
  const [root, name] = path
  if (path.length === 1) {
    if (root === 'auth') return auth
    if (root === 'request') return request
    if (root === 'db')
      return Object.keys(scope.db ?? {}).map(label => ({ label, detail: 'collection', type: 'property' }))
    const bound = variablesOf(before).get(root!)
    const table = root === 'doc' || root === 'next' ? scope[root] : scope.db?.[bound ?? '']
    if (table !== undefined) return fieldsOf(table)
  }
  if (root === 'db' && path.length === 2 && scope.db?.[name!] !== undefined)
    return [
      { label: 'exists', detail: `a document of ${name} is so`, apply: 'exists(row, ', type: 'function' },
    ]
  return methods
}

function fieldsOf({ fields }: TableSchema): Completion[] {
  return Object.entries(fields).map(([label, { type, list }]) => ({
    label,
    detail: list ? `list of ${type}` : type,
    type: 'property',
  }))
}

/** Names of rows of other collections: in `db.members.exists(m, …` m is one of members. */
function variablesOf(before: string): ReadonlyMap<string, string> {
  const found = before.matchAll(/\bdb\.([A-Za-z]\w*)\.exists\(\s*([A-Za-z_]\w*)\s*,/g)
  return new Map([...found].map(([, collection, name]) => [name!, collection!]))
}

function isInsideText(before: string): boolean {
  let quote: string | undefined
  for (let at = 0; at < before.length; at++) {
    const sign = before[at]!
    if (quote === undefined) {
      if (sign === '"' || sign === "'") quote = sign
    } else if (sign === '\\') at++
    else if (sign === quote) quote = undefined
  }
  return quote !== undefined
}
