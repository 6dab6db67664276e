import type { Actor } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import type { Author, AuthorOf } from '../../platform/module.ts'
import { audit } from '../audit.ts'
import type { FlowOf, FlowRequest } from '../flows/flow-of.ts'
import type { Flow } from '../flows/flow.ts'

/** One request of a secret key or an operator to the accounts of an environment. */
export interface AdminFlow extends Flow {
  readonly author: Author
}

export type AdminFlowOf = (request: FlowRequest & Parameters<AuthorOf>[0]) => Promise<AdminFlow>

export function adminFlowMaker(flowOf: FlowOf, authorOf: AuthorOf): AdminFlowOf {
  return async request => ({ ...(await flowOf(request)), author: authorOf(request) })
}

/** What was done to users. */
interface AdminEntry {
  readonly action: string
  /** Absent: to many. */
  readonly userId?: string
  /** For the log of accounts. */
  readonly details?: object
  /** For the audit of the organisation. */
  readonly before?: unknown
  readonly after?: unknown
}

/** Writes down what was done to users: in the log of accounts and in the audit of the organisation. Last, as there. */
export async function auditAdmin(
  { accounts: { environment }, visitor: { ip }, author }: AdminFlow,
  tx: Tx,
  { action, userId, details, before, after }: AdminEntry,
): Promise<void> {
  const actor = actorText(author.actor)
  await audit(tx, environment, { action, userId, actor, ip, ...(details && { details }) })
  await author.record(tx, { action, subject: userId ?? environment.name, before, after })
}

/** Who acts, in one word: `operator:0198…`. */
export function actorText({ kind, id }: Actor): string {
  return `${kind}:${id}`
}
