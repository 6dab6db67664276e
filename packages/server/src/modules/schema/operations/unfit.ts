/** An operation that does not fit the structure it meets. */
export class Unfit extends Error {
  /** JSON pointer into the operation. */
  readonly at: string
  readonly hint: string

  constructor(at: string, message: string, hint: string) {
    super(message)
    this.name = 'Unfit'
    this.at = at
    this.hint = hint
  }
}
