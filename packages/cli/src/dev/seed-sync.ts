import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from '../project/find-project.ts'
import { runSeeds } from '../project/seeds.ts'
import type { Target } from '../project/target.ts'
import type { Reporter } from './reporter.ts'

/** What `cloudbox/seed/` says, in the environment. */
export interface SeedSync {
  /** Seeds an environment that never was: what a developer has taken out since stays out. */
  begin(): Promise<void>
  /** Seeds again: only what differs is written. */
  run(): Promise<void>
}

export function seedSync(project: Project, target: Target, say: Reporter): SeedSync {
  const mark = join(project.state, 'seeded')
  const run = async () => {
    const startedAtMs = performance.now()
    const files = await runSeeds(project, target)
    await writeFile(mark, '')
    const count = (kind: 'created' | 'changed') => files.reduce((sum, file) => sum + file[kind], 0)
    if (files.length === 0) return
    const text = `cloudbox/seed: ${count('created')} documents made, ${count('changed')} changed`
    say.done('seed', { files }, text, performance.now() - startedAtMs)
  }
  return {
    run,
    async begin() {
      if (!existsSync(mark) && existsSync(join(project.folder, 'seed'))) await run()
    },
  }
}
