import type { AnyModule, Started } from './module.ts'
import type { Kernel } from './kernel.ts'

/** A module that has started, with what it added. */
export interface Running {
  readonly module: AnyModule
  readonly started: Started<unknown>
}

/** Starts modules so that each finds the ones it needs already running. Stops those that started when one fails. */
export async function boot(
  kernel: Kernel,
  modules: readonly AnyModule[],
  configs: Readonly<Record<string, object>>,
): Promise<Running[]> {
  const running: Running[] = []
  try {
    for (const module of inOrder(modules)) {
      const apiOf = (need: AnyModule) => running.find(other => other.module === need)?.started.api
      const needs = Object.fromEntries(
        Object.entries<AnyModule>(module.needs ?? {}).map(([word, need]) => [word, apiOf(need)]),
      )
      const started = await module.start({ ...kernel, config: configs[module.name] ?? {} }, needs)
      running.push({ module, started })
    }
    return running
  } catch (error) {
    await stopAll(running)
    throw error
  }
}

/** Stops modules in the reverse order of their start. */
export async function stopAll(running: readonly Running[]): Promise<void> {
  for (const { started } of running.toReversed()) await started.stop?.()
}

/** Modules with the needed ones first. Refuses circles and modules that are needed but not installed. */
export function inOrder(modules: readonly AnyModule[]): AnyModule[] {
  const order: AnyModule[] = []
  const visit = (module: AnyModule, path: readonly string[]): void => {
    if (order.includes(module)) return
    if (path.includes(module.name)) {
      throw new Error(`modules need each other: ${[...path, module.name].join(' → ')}`)
    }
    if (!modules.includes(module))
      throw new Error(`${path.at(-1)} needs ${module.name}, which is not installed`)
    for (const need of Object.values<AnyModule>(module.needs ?? {})) visit(need, [...path, module.name])
    order.push(module)
  }
  for (const module of modules) visit(module, [])
  return order
}
