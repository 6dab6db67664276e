/** Adds to a number. */
export interface Increment {
  readonly $increment: number | string
}
/** The time of the server. */
export interface ServerTime {
  readonly $now: true
}
/** Changes a list. */
export type ListOperator<Element> =
  | { readonly $append: readonly Element[] }
  | { readonly $union: readonly Element[] }
  | { readonly $remove: readonly Element[] }

/** What may stand for a value in a write. */
export type OperatorOf<Value> = Value extends number
  ? Increment
  : Value extends string
    ? Increment | ServerTime
    : Value extends readonly (infer Element)[]
      ? ListOperator<Element>
      : never

/** Values to write: each as it is, or an operator. */
export type Writable<Values> = {
  [Field in keyof Values]: Values[Field] | OperatorOf<Values[Field]>
}

/**
 * Adds to the stored number; an absent one counts as 0. Writers at the same time lose nothing.
 *
 * @param by - a decimal field also takes text such as `"0.10"`
 * @example
 * await box.doc('pages', id).update({ views: increment(1) })
 */
export function increment(by: number | string = 1): Increment {
  return { $increment: by }
}

/** Puts elements at the end of the stored list; an absent one counts as empty. */
export function append<const Element>(...elements: readonly Element[]): {
  readonly $append: readonly Element[]
} {
  return { $append: elements }
}

/** Puts those elements at the end of the stored list that it does not have yet. */
export function union<const Element>(...elements: readonly Element[]): {
  readonly $union: readonly Element[]
} {
  return { $union: elements }
}

/** Takes every one of these elements out of the stored list. */
export function remove<const Element>(...elements: readonly Element[]): {
  readonly $remove: readonly Element[]
} {
  return { $remove: elements }
}

/** The time at which the server writes, whatever the clock of this device says. */
export function serverTime(): ServerTime {
  return { $now: true }
}
