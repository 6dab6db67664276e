import type { OperationKind } from '../../../kernel/observation.ts'
import type { Observer } from '../../../kernel/observer.ts'
import type { KeptRequest } from '../kept/kept-request.ts'
import { pack, unpack } from './pack.ts'
import { countedOf, type CountedWindow } from './window.ts'

/** What one process tells another; plain data. */
export interface Report {
  readonly windows: readonly {
    readonly at: number
    /** Environment and what was counted there, in base64. */
    readonly environments: readonly (readonly [id: string, counts: string])[]
  }[]
  /** The operations in it, by the index they have in the process that tells. */
  readonly operations: readonly (readonly [index: number, kind: OperationKind, name: string])[]
  readonly kept: readonly KeptRequest[]
}

export function writeReport(
  observer: Observer,
  windows: readonly CountedWindow[],
  kept: readonly KeptRequest[] = [],
): Report {
  const used = new Set<number>()
  const use = (index: number) => {
    used.add(index)
    return index
  }
  const written = windows.map(({ at, environments }) => ({
    at,
    environments: [...environments].map(
      ([id, counted]) => [id, pack(counted, use).toString('base64')] as const,
    ),
  }))
  const operations = [...used].map(index => {
    const { kind, name } = observer.operationAt(index)
    return [index, kind, name] as const
  })
  return { windows: written, operations, kept }
}

export function readReport(observer: Observer, { windows, operations }: Report): CountedWindow[] {
  const own = new Map(
    operations.map(([index, kind, name]) => [index, observer.operation(kind, name).index] as const),
  )
  return windows.map(({ at, environments }) => ({
    at,
    environments: new Map(
      environments.map(([id, counts]) => [
        id,
        unpack(Buffer.from(counts, 'base64'), index => own.get(index)),
      ]),
    ),
  }))
}

/** Windows of several processes, each time once, in the order of time. */
export function joinWindows(windows: readonly CountedWindow[]): CountedWindow[] {
  const byTime = new Map<number, CountedWindow>()
  for (const { at, environments } of windows) {
    let joined = byTime.get(at)
    if (joined === undefined) byTime.set(at, (joined = { at, environments: new Map() }))
    for (const [id, counted] of environments) countedOf(joined.environments, id).join(counted)
  }
  return [...byTime.values()].sort((a, b) => a.at - b.at)
}
