import { httpProblems } from '@cloudbox/protocol/http'
import { inOrder } from './boot.ts'
import type { AnyModule } from './module.ts'
import { Problem } from './problem.ts'

/** What a server starts of its modules, and what it knows of the others. */
export interface ChosenModules {
  readonly started: readonly AnyModule[]
  /** Throws a Problem where others keep something that would be left behind. */
  checkWhole(): void
  /** The module whose address a path is, when it is none of those that are started. */
  ownerOf(path: string): AnyModule | undefined
}

/** Accounts of operators and their places: nobody could do anything without them. */
const always = new Set(['platform', 'auth'])

/**
 * The modules that are named and what they need; all when none is named.
 *
 * @param names as in `--only`, checked
 */
export function chosenModules(modules: readonly AnyModule[], names: readonly string[]): ChosenModules {
  const wanted = modules.filter(({ name }) => always.has(name) || names.includes(name))
  const reached = new Set<AnyModule>()
  const reach = (module: AnyModule) => {
    reached.add(module)
    for (const need of Object.values<AnyModule>(module.needs ?? {})) reach(need)
  }
  for (const module of names.length === 0 ? modules : wanted) reach(module)
  const others = modules.filter(module => !reached.has(module))
  const keepers = others.filter(module => module.environmentMigrations !== undefined)
  return {
    started: inOrder(modules).filter(module => reached.has(module)),
    checkWhole() {
      if (keepers.length === 0) return
      const left = keepers.map(({ name }) => name).join(', ')
      throw new Problem(
        httpProblems['module-not-started'],
        `This server runs without ${left}, so what that keeps in an environment would not be taken along.`,
        { hint: 'Do this on a server that is started without --only.' },
      )
    },
    ownerOf(path) {
      const [, word = ''] = /(?:^|\/)v1\/([^/?]+)/.exec(path) ?? []
      return others.find(({ name, paths = [] }) => name === word || paths.includes(word))
    },
  }
}
