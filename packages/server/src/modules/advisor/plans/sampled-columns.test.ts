import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampledColumns } from './sampled-columns.ts'

test('parameters are compared with columns', () => {
  const query = `select * from "a__b"."cities" d where (d."country" = ANY ($1::text[])) AND (d."name" ILIKE $2::text)
    AND ($3::uuid = d."owner") AND (d."tags" @> $4::text[]) AND (d."age" >= $5::int8) limit $6`
  assert.deepEqual(
    sampledColumns(query)
      .toSorted((a, b) => a.parameter - b.parameter)
      .map(({ parameter, column, use }) => `${parameter} ${column} ${use}`),
    ['1 country list', '2 name pattern', '3 owner value', '4 tags value', '5 age value'],
  )
})
