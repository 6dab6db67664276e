import type { AnyRow } from '../schema.ts'
import type { DefinedSchema } from './define-schema.ts'
import type { FieldShape, ShapeOf } from './field.ts'

type Flat<T> = { [Key in keyof T]: T[Key] }
type Shapes<Fields> = { [Name in keyof Fields]: ShapeOf<Fields[Name]> }

interface BuiltIn {
  id: string
  createdAt: string
  updatedAt: string
}

/** What an account shows of itself; only `name`, `avatarUrl`, `metadata` and `locale` are written as documents. */
interface UserRow extends BuiltIn {
  name: string | null
  avatarUrl: string | null
  metadata: unknown
  locale: string | null
  email: string | null
  emailVerified: boolean
  phone: string | null
  phoneVerified: boolean
  role: string | null
  roles: string[]
  claims: unknown
  isAnonymous: boolean
  bannedUntil: string | null
  lastSignInAt: string | null
}
type UserUpdate = Partial<Pick<UserRow, 'name' | 'avatarUrl' | 'metadata' | 'locale'>>

type Read<Shape extends FieldShape> = Shape['isRequired'] extends true ? Shape['read'] : Shape['read'] | null
type Write<Shape extends FieldShape> = Shape['isRequired'] extends true
  ? Shape['write']
  : Shape['write'] | null

/** Fields whose shape is computed, or has to be given, or neither. */
type Computed<S> = { [N in keyof S]: S[N] extends { isComputed: true } ? N : never }[keyof S]
type Needed<S> = {
  [N in keyof S]: S[N] extends { isRequired: true; isFilled: false; isComputed: false } ? N : never
}[keyof S]

type RowOf<S> = { -readonly [N in keyof S]: S[N] extends FieldShape ? Read<S[N]> : never }
type UpdateOf<S> = {
  -readonly [N in Exclude<keyof S, Computed<S>>]?: S[N] extends FieldShape ? Write<S[N]> : never
}
type InsertOf<S> = {
  -readonly [N in Needed<S>]: S[N] extends FieldShape ? Write<S[N]> : never
} & {
  -readonly [N in Exclude<keyof S, Computed<S> | Needed<S>>]?: S[N] extends FieldShape ? Write<S[N]> : never
} & { id?: string }

/** The field that `tenant` adds, where it is not among the fields. */
type TenantShape<Collection> = Collection extends {
  readonly tenant: { readonly field: infer Name extends string }
}
  ? {
      [N in Exclude<Name, keyof FieldsOf<Collection>>]: {
        read: string
        write: string
        isRequired: true
        isFilled: true
        isComputed: false
        to: undefined
      }
    }
  : {}

type FieldsOf<Collection> = Collection extends { readonly fields: infer Fields } ? Fields : {}
type Open<Collection> = Collection extends { readonly flexible: true } ? AnyRow : unknown

type TableFrom<Collection, S = Shapes<FieldsOf<Collection>> & TenantShape<Collection>> = {
  Row: Flat<BuiltIn & RowOf<S>> & Open<Collection>
  Insert: Flat<InsertOf<S>> & Open<Collection>
  Update: Flat<UpdateOf<S>> & Open<Collection>
}

type UsersFrom<Collection, S = Shapes<FieldsOf<Collection>>> = {
  Row: Flat<UserRow & RowOf<S>>
  /** Users are made by accounts. */
  Insert: Record<string, never>
  Update: Flat<UserUpdate & UpdateOf<S>>
}

/**
 * The documents of every collection, for `createClient`: `Row` as they are read, `Insert` and `Update` as they are
 * written. The accounts (`users`) are among them, whether the schema adds something to them or not.
 *
 * @example
 * export type Schema = SchemaOf<typeof schema>
 * const box = createClient<Schema>(url, key)
 */
export type SchemaOf<Defined> =
  Defined extends DefinedSchema<infer Collections>
    ? {
        [Name in keyof Collections | 'users']: Name extends 'users'
          ? UsersFrom<Name extends keyof Collections ? Collections[Name] : {}>
          : TableFrom<Name extends keyof Collections ? Collections[Name] : {}>
      }
    : never
