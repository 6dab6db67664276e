import type { AnyRow } from '../schema.ts'

/** Documents by the names of their collections. */
export type SeedContent = Readonly<Record<string, readonly AnyRow[]>>

/** What a seed may use. */
export interface SeedTools {
  /**
   * Makes documents up that fit the fields of a collection, the same ones in every run. `count` is what `--count` says
   * unless told; `given` says what is not made up.
   */
  fake(collection: string, count?: number, given?: AnyRow | ((index: number) => AnyRow)): AnyRow[]
}

/**
 * A file of `cloudbox/seed/` that makes its documents.
 *
 * @example
 * export default seed(({ fake }) => ({
 *   people: [{ $key: 'ada', name: 'Ada' }, ...fake('people', 20)],
 *   todos: fake('todos', 50, { owner: '@ada' }),
 * }))
 */
export function seed(
  make: (tools: SeedTools) => SeedContent | Promise<SeedContent>,
): (tools: SeedTools) => SeedContent | Promise<SeedContent> {
  return make
}
