/** A node of a plan, as `explain (format json)` tells it. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Total Cost': number
  readonly 'Relation Name'?: string
  readonly Alias?: string
  readonly 'Index Name'?: string
  readonly Filter?: string
  readonly 'Sort Key'?: readonly string[]
  readonly Plans?: readonly PlanNode[]
}

/** Reads the answer of `explain (format json)`. */
export function readPlan(text: string): PlanNode {
  const [explained] = JSON.parse(text) as [{ Plan: PlanNode }]
  return explained.Plan
}

/** How many milliseconds it took, from the answer of `explain (analyze, format json)`. */
export function readExecutionMs(text: string): number {
  const [explained] = JSON.parse(text) as [{ 'Execution Time': number }]
  return explained['Execution Time']
}

/** Every node with the sort its rows go to next, if there is one. */
export function* nodesOf(
  node: PlanNode,
  sort: readonly string[] = [],
): Generator<{ readonly node: PlanNode; readonly sort: readonly string[] }> {
  yield { node, sort }
  // A sort over joined rows is not one an index of one table can spare.
  const isOnlyChild = node.Plans?.length === 1
  const next = node['Sort Key'] ?? (isOnlyChild ? sort : [])
  for (const child of node.Plans ?? []) yield* nodesOf(child, next)
}
