/** A piece of SQL with its bound values. Made by {@link sql} only, so that no value is ever pasted into text. */
export interface Sql {
  /** Literal parts; between part i and i+1 stands hole i. */
  readonly parts: readonly string[]
  readonly values: readonly unknown[]
}

/** SQL ready for the database: `$1…` numbered text and the values. */
export interface Statement {
  readonly text: string
  readonly values: unknown[]
}

/**
 * Writes SQL. A hole takes a value (bound as a parameter) or another piece of SQL (spliced in).
 *
 * @example sql`select * from ${id('demo', 'todos')} where "title" = ${title}`
 */
export function sql(strings: TemplateStringsArray, ...holes: unknown[]): Sql {
  const parts = [strings[0]!]
  const values: unknown[] = []
  holes.forEach((hole, i) => {
    const next = strings[i + 1]!
    if (isSql(hole)) {
      parts[parts.length - 1] += hole.parts[0]!
      hole.values.forEach((value, v) => {
        values.push(value)
        parts.push(hole.parts[v + 1]!)
      })
      parts[parts.length - 1] += next
    } else {
      values.push(hole)
      parts.push(next)
    }
  })
  return new Piece(parts, values)
}

/** A quoted identifier, qualified when several names are given: `"demo"."todos"`. */
export function id(...names: string[]): Sql {
  return raw(names.map(name => `"${name.replaceAll('"', '""')}"`).join('.'))
}

/** Trusted text, never anything a caller sent. */
export function raw(text: string): Sql {
  return new Piece([text], [])
}

/** A quoted literal, for statements that take no parameters (DDL). */
export function literal(text: string): Sql {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return raw(text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted)
}

/** Pieces with a separator between them: `join(columns, ', ')`. */
export function join(pieces: readonly Sql[], separator = ', '): Sql {
  const [first, ...rest] = pieces
  if (first === undefined) return raw('')
  const between = raw(separator)
  return rest.reduce((whole, piece) => sql`${whole}${between}${piece}`, first)
}

/** Numbers the holes: `$1`, `$2` … */
export function toStatement(piece: Sql): Statement {
  let text = piece.parts[0]!
  for (let i = 1; i < piece.parts.length; i++) text += `$${i}${piece.parts[i]!}`
  return { text, values: [...piece.values] }
}

/** Not exported, so that nothing a caller sends can ever be one. */
class Piece implements Sql {
  readonly parts: readonly string[]
  readonly values: readonly unknown[]

  constructor(parts: readonly string[], values: readonly unknown[]) {
    this.parts = parts
    this.values = values
  }
}

function isSql(value: unknown): value is Sql {
  return value instanceof Piece
}
