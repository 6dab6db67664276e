import type { FieldDefinition, FieldType } from '@cloudbox/protocol/collection'
import type { Field, Geopoint, Only, Shaped } from './field.ts'
import {
  knownOptions,
  type AddressOptions,
  type BooleanOptions,
  type DecimalOptions,
  type FileOptions,
  type GeopointOptions,
  type JsonOptions,
  type MomentOptions,
  type NumberOptions,
  type RelationOptions,
  type SelectOptions,
  type TextOptions,
} from './field-options.ts'
import { refuseUnknown, SchemaMistake } from './schema-mistake.ts'

type Builder<Known, Read, Write = Read> = <const Options extends Known>(
  options?: Only<Options, Known>,
) => Field<Shaped<Read, Write, Options>>

/** Makes one field of a json value; `Shape` is what the app keeps in it. */
interface JsonBuilder {
  <Shape = unknown>(
    options: JsonOptions & { readonly computed: string },
  ): Field<Shaped<Shape, Shape, { computed: string }>>
  <Shape = unknown>(
    options: JsonOptions & { readonly required: true; readonly default: {} },
  ): Field<Shaped<Shape, Shape, { required: true; default: {} }>>
  <Shape = unknown>(
    options: JsonOptions & { readonly required: true },
  ): Field<Shaped<Shape, Shape, { required: true }>>
  <Shape = unknown>(options?: JsonOptions): Field<Shaped<Shape, Shape, {}>>
}

interface Fields {
  readonly text: Builder<TextOptions, string>
  readonly email: Builder<AddressOptions, string>
  readonly url: Builder<AddressOptions, string>
  /** A whole number up to ±9007199254740991. */
  readonly integer: Builder<NumberOptions, number>
  readonly number: Builder<NumberOptions, number>
  /** An exact number: read as text (`"12.50"`), written as text or number. */
  readonly decimal: Builder<DecimalOptions, string, string | number>
  readonly boolean: Builder<BooleanOptions, boolean>
  /** A moment: `2026-01-31T12:00:00Z`. */
  readonly timestamp: Builder<MomentOptions, string>
  /** A day: `2026-01-31`. */
  readonly date: Builder<MomentOptions, string>
  /** Any JSON value; `t.json<Meta>()` says which. */
  readonly json: JsonBuilder
  readonly uuid: Builder<MomentOptions, string>
  /** One of these texts: `t.select(['open', 'done'])`. */
  select<const Value extends string, const Options extends SelectOptions<NoInfer<Value>>>(
    values: readonly Value[],
    options?: Only<Options, SelectOptions<Value>>,
  ): Field<Shaped<Value, Value, Options>>
  /** The id of a document of that collection: `t.relation('users', { onDelete: 'cascade' })`. */
  relation<const To extends string, const Options extends RelationOptions>(
    to: To,
    options?: Only<Options, RelationOptions>,
  ): Field<Shaped<string, string, Options, To>>
  readonly file: Builder<FileOptions, string>
  readonly geopoint: Builder<GeopointOptions, Geopoint>
}

function field(type: FieldType, options: object = {}, more: Partial<FieldDefinition> = {}): Field<never> {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new SchemaMistake([], `t.${type} takes an object of options`)
  refuseUnknown([], options, knownOptions[type], `t.${type}`)
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { type, ...more, ...Object.fromEntries(given) } as Field<never>
}

const plain = (type: FieldType) => (options?: object) => field(type, options)

/**
 * The fields a collection may have. Options are those of the wire, and `using`, which says how old values become those
 * of a new type.
 *
 * @example
 * t.text({ required: true, max: 200 })
 * t.select(['open', 'done'], { default: 'open' })
 * t.relation('users', { onDelete: 'cascade' })
 * t.integer({ using: 'int(doc.age)' })
 */
export const t: Fields = {
  text: plain('text'),
  email: plain('email'),
  url: plain('url'),
  integer: plain('integer'),
  number: plain('number'),
  decimal: plain('decimal'),
  boolean: plain('boolean'),
  timestamp: plain('timestamp'),
  date: plain('date'),
  json: plain('json'),
  uuid: plain('uuid'),
  select(values: readonly string[], options?: object) {
    if (!Array.isArray(values))
      throw new SchemaMistake([], `t.select takes its values first: ['open', 'done']`)
    return field('select', options, { options: [...values] })
  },
  relation(to: string, options?: object) {
    if (typeof to !== 'string')
      throw new SchemaMistake([], `t.relation takes the collection it points to first: 'users'`)
    return field('relation', options, { to })
  },
  file: plain('file'),
  geopoint: plain('geopoint'),
}
