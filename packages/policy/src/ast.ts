/** A place in the text: UTF-16 offsets, `end` exclusive. */
export interface Range {
  start: number
  end: number
}

export type BinaryOperator =
  '&&' | '||' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%'

/** The syntax tree of an expression. Macros are still calls, literals keep their source text. */
export type AstNode = Range &
  (
    | { kind: 'value'; value: null | boolean | bigint | number | string; source: string }
    | { kind: 'name'; name: string }
    | { kind: 'field'; target: AstNode; name: string; nameRange: Range }
    | { kind: 'index'; target: AstNode; index: AstNode }
    | { kind: 'call'; name: string; nameRange: Range; args: AstNode[] }
    | { kind: 'method'; target: AstNode; name: string; nameRange: Range; args: AstNode[] }
    | { kind: 'unary'; operator: '!' | '-'; operand: AstNode }
    | { kind: 'binary'; operator: BinaryOperator; left: AstNode; right: AstNode }
    | { kind: 'conditional'; condition: AstNode; whenTrue: AstNode; whenFalse: AstNode }
    | { kind: 'list'; items: AstNode[] }
  )

/** A parsed expression with the text it came from. */
export interface Ast {
  text: string
  root: AstNode
}
