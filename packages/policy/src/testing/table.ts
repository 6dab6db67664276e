import type { TableSchema } from '../schema.ts'

/** A table with every type, and a flexible part. */
export const table: TableSchema = {
  name: 'things',
  table: 'things',
  fields: {
    id: { type: 'int', column: 'id' },
    owner: { type: 'string', column: 'owner' },
    status: { type: 'string', column: 'the_status' },
    score: { type: 'int', column: 'score' },
    small: { type: 'int', column: 'small' },
    ratio: { type: 'double', column: 'ratio' },
    price: { type: 'decimal', column: 'price' },
    cost: { type: 'decimal', column: 'cost' },
    flag: { type: 'bool', column: 'flag' },
    at: { type: 'timestamp', column: 'at' },
    due: { type: 'date', column: 'due' },
    ref: { type: 'uuid', column: 'ref' },
    spot: { type: 'geopoint', column: 'spot' },
    tags: { type: 'string', list: true, column: 'tags' },
    nums: { type: 'int', list: true, column: 'nums' },
    ratios: { type: 'double', list: true, column: 'ratios' },
    prices: { type: 'decimal', list: true, column: 'prices' },
    days: { type: 'date', list: true, column: 'days' },
    refs: { type: 'uuid', list: true, column: 'refs' },
    meta: { type: 'json', column: 'meta' },
  },
  flexible: { column: 'extra' },
}

export const tableSql = `
CREATE TABLE things(
  id int8 PRIMARY KEY, owner text, the_status text, score int8, small int4, ratio float8, price numeric, cost numeric(30, 4),
  flag bool, at timestamptz, due date, ref uuid, spot point,
  tags text[], nums int8[], ratios float8[], prices numeric[], days date[], refs uuid[], meta jsonb, extra jsonb
)`
