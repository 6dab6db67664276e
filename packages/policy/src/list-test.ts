/** How a list compares with another as a set: holds all of it, is all in it, shares something with it. */
export type ListTest = 'contains' | 'containedBy' | 'overlaps'

/** Postgres' `@>`, `<@` and `&&` of a present list with a list of present values. An absent element equals nothing. */
export function testList(
  test: ListTest,
  list: readonly unknown[],
  values: readonly unknown[],
  areEqual: (a: unknown, b: unknown) => boolean,
): boolean {
  const isIn = (value: unknown, items: readonly unknown[]) =>
    value !== undefined && items.some(item => item !== undefined && areEqual(value, item))
  switch (test) {
    case 'contains':
      return values.every(value => isIn(value, list))
    case 'containedBy':
      return list.every(item => isIn(item, values))
    case 'overlaps':
      return values.some(value => isIn(value, list))
  }
}
