/**
 * Types of an app's collections. A schema maps names of collections to their documents:
 *
 * @example
 * interface Schema {
 *   todos: { id: string; title: string; done: boolean; createdAt: string }
 *   people: { Row: Person; Insert: NewPerson; Update: Partial<NewPerson> }
 * }
 */

/** A document of unknown shape. */
// oxlint-disable-next-line typescript/no-explicit-any -- an untyped client takes and gives any document
export type AnyRow = Record<string, any>

/** The schema of a client that was given none. */
export type AnySchema = Record<string, AnyRow>

/** The three shapes of a collection's documents. */
export interface Table {
  readonly Row: object
  readonly Insert: object
  readonly Update: object
}

/** The shapes of one collection, from either form of a schema. */
export type TableOf<Collection> = Collection extends { Row: infer Row extends object }
  ? {
      Row: Row
      Insert: Collection extends { Insert: infer Insert extends object } ? Insert : Partial<Row>
      Update: Collection extends { Update: infer Update extends object } ? Update : Partial<Row>
    }
  : Collection extends object
    ? { Row: Collection; Insert: Partial<Collection>; Update: Partial<Collection> }
    : never

/** A field, or a path: of an embedded document (`author.name`) or into json (`meta->>color`). */
export type Field<Row> = (keyof Row & string) | `${string}.${string}` | `${string}->${string}`

/** The value of a field; a path may hold anything. */
export type ValueOf<Row, Name> = Name extends keyof Row ? Row[Name] : unknown

/** The elements of a list field. */
export type ElementOf<Value> = NonNullable<Value> extends readonly (infer Element)[] ? Element : unknown

type Trim<Text extends string> = Text extends ` ${infer Rest}` | `${infer Rest} ` ? Trim<Rest> : Text

type Columns<Text extends string> = Text extends `${infer Head},${infer Tail}`
  ? Trim<Head> | Columns<Tail>
  : Trim<Text>

/**
 * The shape of a document under a select text. A plain list of fields gives exactly these; `*` gives all; texts with
 * embedded documents, aliases or computed text give an untyped document.
 */
export type Selected<Row, Text extends string> = string extends Text
  ? AnyRow
  : '*' extends Columns<Text>
    ? Columns<Text> extends '*'
      ? Row
      : Row & AnyRow
    : Columns<Text> extends keyof Row & string
      ? Pick<Row, Columns<Text>>
      : AnyRow
