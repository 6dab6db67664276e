import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConnectionUrl } from './connection-url.ts'

const plain = {
  host: 'db.example',
  port: 5432,
  user: 'ann',
  password: undefined,
  database: 'app',
  ssl: undefined,
}

const readable: [url: string, differs: object][] = [
  ['postgres://ann@db.example/app', {}],
  ['postgresql://ann:p%40ss@db.example:6000/app', { password: 'p@ss', port: 6000 }],
  ['postgres://ann@db.example/app?sslmode=require', { ssl: { rejectUnauthorized: false } }],
  ['postgres://ann@db.example/app?sslmode=verify-full', { ssl: true }],
  ['postgres://ann@db.example/app?sslmode=disable', {}],
  ['postgres://ann@[::1]/app', { host: '::1' }],
  [
    'postgres://ann:x@/app?host=/var/run/postgresql&port=5433',
    { host: '/var/run/postgresql', port: 5433, password: 'x' },
  ],
  ['postgres:///app?user=ann', { host: 'localhost' }],
]
for (const [url, differs] of readable) {
  test(url, () => assert.deepEqual(readConnectionUrl(url), { ...plain, ...differs }))
}

for (const url of [
  'mysql://ann@db/app',
  'db.example',
  'postgres://ann@db.example',
  'postgres://db.example/app',
  '',
]) {
  test(`"${url}" is refused`, () =>
    assert.throws(() => readConnectionUrl(url), {
      code: 'postgres/no-connection',
      hint: /postgres:\/\/user/,
    }))
}
