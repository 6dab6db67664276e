import { bind, type Auth, type Bindings } from '@cloudbox/policy/bind'
import type { Checked } from '@cloudbox/policy/checked'
import { rowFromJson } from '@cloudbox/policy/codec'
import { conjuncts } from '@cloudbox/policy/conjuncts'
import { separateLookups, type SetLookup } from '@cloudbox/policy/lookups'
import { LookupSet } from '@cloudbox/policy/lookup-set'
import type { TableSchema } from '@cloudbox/policy/schema'
import { toClosureValue } from '@cloudbox/policy/to-closure'
import { toSql } from '@cloudbox/policy/to-sql'
import type { Operation } from '@cloudbox/protocol/collection'

export type Document = Readonly<Record<string, unknown>> & { readonly id: string }

/** Reads documents of another collection, for look-ups. */
export type ReadCollection = (name: string) => Promise<readonly Document[]>

/** `unknown`: something is absent, which lets nobody in either. `database`: only it can tell. */
export type Verdict = 'true' | 'false' | 'unknown' | 'database'

interface JudgedClause {
  readonly source: string
  readonly verdict: Verdict
}

/** What the policy says of one document. */
export interface Judged {
  readonly document: Document
  readonly isAllowed: boolean | undefined
  readonly clauses: readonly JudgedClause[]
}

export interface Trial {
  readonly operation: Operation
  readonly checked: Checked
  readonly table: TableSchema
  readonly auth: Auth | undefined
  readonly nowMs: number
}

/** Judges documents as the server would for this caller, clause by clause. An update is one that changes nothing. */
export async function tryAs(
  trial: Trial,
  documents: readonly Document[],
  read: ReadCollection,
): Promise<readonly Judged[]> {
  const clauses = await Promise.all(
    conjuncts(trial.checked).map(async ({ checked, source }) => {
      const { bound, sets, isRealtime } = separateLookups(bind(checked, bindingsOf(trial), { exact: true }))
      if (!isRealtime) return { source, judge: (): Verdict => 'database' }
      const found = await Promise.all(sets.map(lookup => setOf(lookup, read)))
      const evaluate = toClosureValue(bound)
      return {
        source,
        judge(document: Document): Verdict {
          const row = rowFromJson(trial.table, document)
          const value = evaluate(row, row, found)
          return value === true ? 'true' : value === false ? 'false' : 'unknown'
        },
      }
    }),
  )
  return documents.map(document => {
    const judged = clauses.map(({ source, judge }) => ({ source, verdict: judge(document) }))
    return { document, clauses: judged, isAllowed: allowed(judged.map(({ verdict }) => verdict)) }
  })
}

function allowed(verdicts: readonly Verdict[]): boolean | undefined {
  if (verdicts.some(verdict => verdict === 'false' || verdict === 'unknown')) return false
  return verdicts.includes('database') ? undefined : true
}

async function setOf(lookup: SetLookup, read: ReadCollection): Promise<LookupSet> {
  const set = new LookupSet(lookup)
  for (const document of await read(lookup.table.name))
    set.change(undefined, rowFromJson(lookup.table, document))
  return set
}

/** The condition Postgres gets for this caller, with its values. */
export function compiledSql(trial: Trial): { readonly text: string; readonly values: readonly string[] } {
  return toSql(bind(trial.checked, bindingsOf(trial)), { alias: 'doc', nextAlias: 'next' })
}

function bindingsOf({ auth, operation, nowMs }: Trial): Bindings {
  return { auth, nowUs: nowMs * 1000, request: { method: operation } }
}
