import { id, literal, toStatement } from '../../../kernel/sql.ts'

/** A quoted, perhaps qualified, identifier as text. DDL takes no parameters, so it is made of text. */
export function quote(...names: string[]): string {
  return toStatement(id(...names)).text
}

/** A quoted literal as text. */
export function quoteText(text: string): string {
  return toStatement(literal(text)).text.trim()
}
