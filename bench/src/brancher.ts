import type { Kernel } from '@cloudbox/server/kernel/kernel'
import { defineModule, type AnyModule } from '@cloudbox/server/kernel/module'
import { platform } from '@cloudbox/server/modules/platform/module'

/** What it is asked to copy. */
export interface BranchQuestion {
  readonly name: string
  readonly data: 'none' | 'all' | { readonly samplePercent: number }
}

/** A module that branches the environment of the bench, and takes the time of it. */
export function brancher(): {
  module: AnyModule
  branch(question: BranchQuestion): Promise<{ makeMs: number; copyMs: number }>
} {
  let kernel: Kernel | undefined
  let environments: NonNullable<Awaited<ReturnType<typeof platform.start>>['api']> | undefined
  const module = defineModule({
    name: 'brancher',
    needs: { platform },
    start: (given, needs) => {
      kernel = given
      environments = needs.platform
      return {}
    },
  })
  const branch = async ({ name, data }: BranchQuestion) => {
    const [from] = environments!.environments()
    const start = performance.now()
    const to = await environments!.ensureEnvironment({
      organisation: 'bench',
      project: 'bench',
      name,
      dev: false,
    })
    const made = performance.now()
    await kernel!.copyEnvironment(from!, to, { data, secrets: false })
    return { makeMs: made - start, copyMs: performance.now() - made }
  }
  return { module, branch }
}
