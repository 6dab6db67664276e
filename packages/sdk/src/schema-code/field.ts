import type { FieldDefinition } from '@cloudbox/protocol/collection'
import type { UsingHint } from './field-options.ts'

declare const shape: unique symbol

/** What the compiler knows about a field. */
export interface FieldShape {
  /** A present value as it is read. */
  readonly read: unknown
  /** A present value as it may be written. */
  readonly write: unknown
  readonly isRequired: boolean
  /** A new document may leave it out although it is required. */
  readonly isFilled: boolean
  readonly isComputed: boolean
  /** The collection it points to. */
  readonly to: string | undefined
}

/** A field of a collection: its definition, and for the compiler what its values are. */
export type Field<Shape extends FieldShape = FieldShape> = Readonly<FieldDefinition> & {
  readonly using?: UsingHint
  /** Is never there. */
  readonly [shape]?: Shape
}

/** The shape of a field that was made with `t`; of a plain definition nothing is known. */
export type ShapeOf<F> = F extends { readonly [shape]?: infer Shape }
  ? NonNullable<Shape> extends infer Known extends FieldShape
    ? Known
    : FieldShape
  : FieldShape

/** What the options of a field make of values of its type. */
export interface Shaped<Read, Write, Options, To extends string | undefined = undefined> extends FieldShape {
  readonly read: Options extends { list: true } ? Read[] : Read
  readonly write: Options extends { list: true } ? Write[] : Write
  readonly isRequired: Options extends { required: true } ? true : false
  readonly isFilled: Options extends { default: {} | null } ? true : false
  readonly isComputed: Options extends { computed: string } ? true : false
  readonly to: To
}

/** Refuses what the options of this type do not have: a type parameter would let it pass. */
export type Only<Given, Known> = Given & { readonly [Key in Exclude<keyof Given, keyof Known>]: never }

export interface Geopoint {
  lat: number
  lng: number
}
