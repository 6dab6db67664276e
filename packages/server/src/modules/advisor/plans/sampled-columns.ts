/** What a parameter of a statement is compared with. */
export interface SampledColumn {
  readonly parameter: number
  readonly column: string
  readonly use: 'value' | 'list' | 'pattern'
}

const patterns: readonly (readonly [RegExp, SampledColumn['use']])[] = [
  [/"((?:[^"]|"")+)" = ANY \(\$(\d+)/gi, 'list'],
  [/"((?:[^"]|"")+)" (?:@>|&&) \$(\d+)/gi, 'value'],
  [/"((?:[^"]|"")+)" I?LIKE \$(\d+)/gi, 'pattern'],
  [/"((?:[^"]|"")+)" (?:=|<|>|<=|>=) \$(\d+)/gi, 'value'],
]
const mirrored = /\$(\d+)(?:::[a-z0-9 ]+(?:\[\])?)? (?:=|<|>|<=|>=) [a-z]+\."((?:[^"]|"")+)"/gi

/** Which columns the parameters of one of our statements are compared with, so that a trial takes values there are. Pure. */
export function sampledColumns(query: string): SampledColumn[] {
  const found = patterns.flatMap(([pattern, use]) =>
    Array.from(query.matchAll(pattern), ([, column, parameter]) => ({
      parameter: Number(parameter),
      column: column!.replaceAll('""', '"'),
      use,
    })),
  )
  const turned = Array.from(query.matchAll(mirrored), ([, parameter, column]) => ({
    parameter: Number(parameter),
    column: column!.replaceAll('""', '"'),
    use: 'value' as const,
  }))
  return [...found, ...turned]
}
