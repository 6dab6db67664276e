import { encodeFilter } from './filter-value.ts'
import type { QueryState } from './query-state.ts'
import type { ElementOf, Field, ValueOf } from './schema.ts'
import { Task } from './task.ts'

/** Comparison signs as Firestore writes them. */
const operatorOfSign = {
  '==': 'eq',
  '!=': 'neq',
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
  in: 'in',
  'not-in': 'not.in',
  'array-contains': 'contains',
  'array-contains-any': 'overlaps',
} as const
export type Sign = keyof typeof operatorOfSign

/** What `.not()` can turn around. */
export type Operator =
  | 'eq'
  | 'neq'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'like'
  | 'ilike'
  | 'match'
  | 'in'
  | 'is'
  | 'contains'
  | 'containedBy'
  | 'overlaps'

/** Null, or one of the three truth values of a boolean. */
export type IsValue = null | boolean | 'unknown'

/** The filters of a query. Each gives a new query; all have to be true, also several of one field. */
export abstract class Filters<Row, Data> extends Task<Data> {
  protected abstract readonly state: QueryState
  protected abstract with(change: Partial<QueryState>): this

  /** Equal to the value; null means absent. */
  eq<Name extends Field<Row>>(field: Name, value: ValueOf<Row, Name>): this {
    return this.filter(field, 'eq', value)
  }
  /** Not equal to the value; null means present. */
  neq<Name extends Field<Row>>(field: Name, value: ValueOf<Row, Name>): this {
    return this.filter(field, 'neq', value)
  }
  /** Greater than the value. */
  gt<Name extends Field<Row>>(field: Name, value: ValueOf<Row, Name>): this {
    return this.filter(field, 'gt', value)
  }
  /** Greater than the value or equal to it. */
  gte<Name extends Field<Row>>(field: Name, value: ValueOf<Row, Name>): this {
    return this.filter(field, 'gte', value)
  }
  /** Less than the value. */
  lt<Name extends Field<Row>>(field: Name, value: ValueOf<Row, Name>): this {
    return this.filter(field, 'lt', value)
  }
  /** Less than the value or equal to it. */
  lte<Name extends Field<Row>>(field: Name, value: ValueOf<Row, Name>): this {
    return this.filter(field, 'lte', value)
  }
  /** Matches an SQL pattern: `%` (or `*`) is any text, `_` any character. */
  like(field: Field<Row>, pattern: string): this {
    return this.filter(field, 'like', pattern)
  }
  /** Like `like`, in upper or lower case. */
  ilike(field: Field<Row>, pattern: string): this {
    return this.filter(field, 'ilike', pattern)
  }
  /** Matches a regular expression (its flags are not sent). */
  match(field: Field<Row>, pattern: RegExp | string): this {
    return this.filter(field, 'match', pattern)
  }
  /** Equal to one of the values. */
  in<Name extends Field<Row>>(field: Name, values: readonly ValueOf<Row, Name>[]): this {
    return this.filter(field, 'in', values)
  }
  /** Is null (absent), true, false, or a boolean that is null (`unknown`). */
  is(field: Field<Row>, value: IsValue): this {
    return this.filter(field, 'is', value)
  }
  /** A list that holds all of these elements. */
  contains<Name extends Field<Row>>(field: Name, elements: readonly ElementOf<ValueOf<Row, Name>>[]): this {
    return this.filter(field, 'contains', elements)
  }
  /** A list all of whose elements are among these. */
  containedBy<Name extends Field<Row>>(
    field: Name,
    elements: readonly ElementOf<ValueOf<Row, Name>>[],
  ): this {
    return this.filter(field, 'containedBy', elements)
  }
  /** A list that has an element in common with these. */
  overlaps<Name extends Field<Row>>(field: Name, elements: readonly ElementOf<ValueOf<Row, Name>>[]): this {
    return this.filter(field, 'overlaps', elements)
  }

  /** Turns a filter around: `.not('status', 'in', ['done', 'dropped'])`. */
  not(field: Field<Row>, operator: Operator, value: unknown): this {
    return this.filter(field, `not.${operator}`, value)
  }

  /** At least one is true, as in the URL: `.or('priority.gte.4,author.name.eq.Ada')`. */
  or(alternatives: string): this {
    return this.with({ filters: [...this.state.filters, ['or', `(${alternatives})`]] })
  }

  /**
   * An expression in CloudBox CEL, or a comparison as Firestore writes it. Several are all required.
   *
   * @example
   * box.collection('todos').where('doc.title.startsWith("A") && doc.priority > 2')
   * box.collection('todos').where('priority', '>=', 3).where('tags', 'array-contains', 'home')
   */
  where(expression: string): this
  where(field: Field<Row>, sign: Sign, value: unknown): this
  where(fieldOrExpression: string, sign?: Sign, value?: unknown): this {
    if (sign === undefined) return this.with({ where: [...this.state.where, fieldOrExpression] })
    return this.filter(fieldOrExpression, operatorOfSign[sign], sign === 'array-contains' ? [value] : value)
  }

  private filter(field: string, operator: string, value: unknown): this {
    return this.with({ filters: [...this.state.filters, [field, encodeFilter(operator, value)]] })
  }
}
