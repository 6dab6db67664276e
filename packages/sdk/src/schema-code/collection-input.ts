import type { IndexDefinition, Policies } from '@cloudbox/protocol/collection'
import type { Field, ShapeOf } from './field.ts'

/** Every document of a collection belongs to one tenant, and is seen and changed by that one alone. */
export interface Tenant<Name extends string = string> {
  /** The field that holds it; a required text, which is added where it is not among the fields. */
  readonly field: Name
  /** Who the caller's tenant is: `auth.team`. */
  readonly is: string
}

/** One collection as it stands in `defineSchema`. */
export interface CollectionInput {
  readonly fields: Readonly<Record<string, Field>>
  readonly indexes?: readonly IndexOn<string>[]
  /** An operation without a policy is closed to all but the secret key. */
  readonly policies?: Policies
  /** Unknown fields are kept too, and behave as fields. */
  readonly flexible?: boolean
  readonly tenant?: Tenant
  /** Texts that `like` and `ilike` find inside: each gets an index of kind `trigram`. */
  readonly search?: readonly string[]
}

interface IndexOn<Name extends string> extends Omit<IndexDefinition, 'fields'> {
  readonly fields: readonly (Name | `-${Name}`)[]
}

type BuiltIn = 'id' | 'createdAt' | 'updatedAt'

type NamesOf<Collection> = Collection extends { readonly fields: infer Fields }
  ? keyof Fields & string
  : never
type TenantName<Collection> = Collection extends {
  readonly tenant: { readonly field: infer Name extends string }
}
  ? Name
  : never
type Indexable<Collection> = NamesOf<Collection> | TenantName<Collection> | BuiltIn

type Target<F, Names> = ShapeOf<F>['to'] extends infer To
  ? [To] extends [string]
    ? string extends To
      ? unknown
      : To extends Names | 'users'
        ? unknown
        : `there is no collection ${To}`
    : unknown
  : unknown

/** What one name of a schema says about another: relations, indexes, search. */
export type Consistent<Collections> = {
  readonly [Name in keyof Collections]: Name extends 'users'
    ? unknown
    : {
        readonly fields: {
          readonly [F in keyof CollectionFields<Collections[Name]>]: Target<
            CollectionFields<Collections[Name]>[F],
            keyof Collections
          >
        }
        readonly indexes?: readonly IndexOn<Indexable<Collections[Name]>>[]
        readonly search?: readonly NamesOf<Collections[Name]>[]
      } & { readonly [Key in Exclude<keyof Collections[Name], keyof CollectionInput>]: never }
}

type CollectionFields<Collection> = Collection extends { readonly fields: infer Fields } ? Fields : {}
