import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask, scenario, type Scenario } from '../../../testing/scenario.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const row = (title: string, one: Omit<Scenario, 'as'> & Partial<Scenario>) =>
  scenario(title, () => server, { as: 'secret', ...one })
const pageId = (n: number) => `0198c0de-0000-7000-8000-0000000002${String(n).padStart(2, '0')}`

before(async () => {
  const { status, body } = await ask(server, {
    as: 'secret',
    request: 'POST /data/$collections',
    body: {
      name: 'pages',
      flexible: true,
      fields: {
        slug: { type: 'text', unique: true },
        views: { type: 'integer' },
        stars: { type: 'integer', min: 0, max: 5 },
        score: { type: 'number' },
        price: { type: 'decimal' },
        tags: { type: 'text', list: true, max: 4 },
        seenAt: { type: 'timestamp' },
        seenOn: { type: 'date' },
        meta: { type: 'json' },
        double: { type: 'integer', computed: 'doc.views * 2' },
      },
      policies: {
        list: 'public("test")',
        update:
          'next.views == doc.views || (doc.views == null && next.views == 1) || next.views == doc.views + 1 && next.double != 20',
      },
    },
  })
  assert.equal(status, 201, JSON.stringify(body))
  const pages = [
    { id: pageId(1) },
    { id: pageId(2), views: 9, tags: ['a', 'b', 'a'], price: '1.10', score: 0.5 },
    { id: pageId(3), views: 9007199254740991, stars: 4, slug: 'three' },
    { id: pageId(4), slug: 'four', tags: ['x', 'y'], views: 3 },
    { id: pageId(5), views: 0 },
  ]
  assert.equal((await ask(server, { as: 'secret', request: 'POST /data/pages', body: pages })).status, 201)
})

describe('in a change', () => {
  row('an absent field counts as 0, or as an empty list', {
    request: `PATCH /data/pages/${pageId(1)}?select=views,score,price,tags`,
    body: {
      views: { $increment: 1 },
      score: { $increment: -0.5 },
      price: { $increment: '0.1' },
      tags: { $append: ['z', 'z'] },
    },
    expect: { status: 200, body: { views: 1, score: -0.5, price: '0.1', tags: ['z', 'z'] } },
  })
  row('what is there is changed', {
    request: `PATCH /data/pages/${pageId(2)}?select=views,price,tags,double`,
    body: { views: { $increment: 2 }, price: { $increment: 0.1 }, tags: { $remove: ['a', 'q'] } },
    expect: { status: 200, body: { views: 11, price: '1.20', tags: ['b'], double: 22 } },
  })
  row('a union adds what is missing, once, in order', {
    request: `PATCH /data/pages/${pageId(2)}?select=tags`,
    body: { tags: { $union: ['d', 'b', 'c', 'd'] } },
    expect: { status: 200, body: { tags: ['b', 'd', 'c'] } },
  })
  row('removing from nothing leaves an empty list', {
    request: `PATCH /data/pages/${pageId(3)}?select=tags`,
    body: { tags: { $remove: ['a'] } },
    expect: { status: 200, body: { tags: [] } },
  })
  row('$set stores what looks like an operator, and null', {
    request: `PATCH /data/pages/${pageId(2)}?select=meta,score,loose`,
    body: { meta: { $set: { $increment: 1 } }, score: { $set: null }, loose: { $set: { $ref: 'x' } } },
    expect: { status: 200, body: { meta: { $increment: 1 }, score: null, loose: { $ref: 'x' } } },
  })
  row('an object with more keys is a plain value', {
    request: `PATCH /data/pages/${pageId(2)}?select=meta`,
    body: { meta: { $increment: 1, b: 2 } },
    expect: { status: 200, body: { meta: { $increment: 1, b: 2 } } },
  })
  row('every mistake is told with its place', {
    request: `PATCH /data/pages/${pageId(2)}`,
    body: {
      views: { $increment: 1.5 },
      stars: { $append: [1] },
      score: { $increment: null },
      tags: { $append: ['a', 5] },
      seenAt: { $now: 'x' },
      seenOn: { $increment: 1 },
      meta: { $refs: 1 },
      slug: { $now: true },
      loose: { $increment: 1 },
    },
    expect: {
      status: 422,
      code: 'data/invalid-document',
      at: [
        '/views/$increment',
        '/stars',
        '/score/$increment',
        '/tags/$append/1',
        '/seenAt/$now',
        '/seenOn',
        '/meta',
        '/slug',
        '/loose',
      ],
      hint: /\{ "\$set": … \}/,
    },
  })
  row('a sum JSON cannot carry is refused', {
    request: `PATCH /data/pages/${pageId(3)}`,
    body: { views: { $increment: 1 } },
    expect: { status: 422, code: 'data/invalid-document', at: ['/views'] },
  })
  row('a maximum holds for the result', {
    request: `PATCH /data/pages/${pageId(3)}`,
    body: { stars: { $increment: 2 } },
    expect: { status: 422, code: 'data/invalid-document', at: ['/stars'] },
  })
  row('a maximum does not hold for the operand', {
    request: `PATCH /data/pages/${pageId(3)}?select=stars`,
    body: { stars: { $increment: -4 } },
    expect: { status: 200, body: { stars: 0 } },
  })
  row('a list stays within its bounds', {
    request: `PATCH /data/pages/${pageId(2)}`,
    body: { tags: { $append: ['e', 'f'] } },
    expect: { status: 422, code: 'data/invalid-document', at: ['/tags'] },
  })
  row('the server tells the time', {
    request: `PATCH /data/pages/${pageId(5)}?select=same:seenOn,seenAt`,
    body: { seenAt: { $now: true }, seenOn: { $now: true } },
    expect: { status: 200 },
  })
  row('it is the time of the change', {
    request: `GET /data/pages?where=${encodeURIComponent('doc.seenAt == doc.updatedAt')}&select=id`,
    expect: { status: 200, body: [{ id: pageId(5) }] },
  })
})

describe('policies see what becomes of it', () => {
  row('one more is allowed', {
    as: 'anonymous',
    request: `PATCH /data/pages/${pageId(4)}?select=views`,
    body: { views: { $increment: 1 } },
    expect: { status: 200, body: { views: 4 } },
  })
  row('two more are not', {
    as: 'anonymous',
    request: `PATCH /data/pages/${pageId(4)}`,
    body: { views: { $increment: 2 } },
    expect: { status: 403, code: 'data/not-allowed' },
  })
  row('computed fields follow', {
    as: 'secret',
    request: `PATCH /data/pages/${pageId(4)}?select=double`,
    body: { views: 9 },
    expect: { status: 200, body: { double: 18 } },
  })
  row('and are judged', {
    as: 'anonymous',
    request: `PATCH /data/pages/${pageId(4)}`,
    body: { views: { $increment: 1 } },
    expect: { status: 403 },
  })
})

describe('in a new document', () => {
  row('operators apply to nothing', {
    request: 'POST /data/pages?select=views,price,tags,meta',
    body: [
      {
        views: { $increment: 5 },
        price: { $increment: '1.5' },
        tags: { $union: ['a', 'a'] },
        meta: { $set: 1 },
      },
      { tags: { $remove: ['a'] } },
    ],
    expect: {
      status: 201,
      body: [
        { views: 5, price: '1.5', tags: ['a'], meta: 1 },
        { views: null, price: null, tags: [], meta: null },
      ],
    },
  })
  row('within the bounds of the field', {
    request: 'POST /data/pages',
    body: [{ stars: { $increment: 6 } }, { tags: { $append: ['a', 'b', 'c', 'd', 'e'] } }],
    expect: { status: 422, code: 'data/invalid-document', at: ['/0/stars', '/1/tags'] },
  })
  row('an upsert computes with what is there, or with nothing', {
    request: 'PUT /data/pages?onConflict=slug&select=slug,views,tags',
    body: [
      { slug: 'four', views: { $increment: 1 }, tags: { $remove: ['x'] } },
      { slug: 'five', views: { $increment: 7 }, tags: { $remove: ['x'] } },
      { slug: 'three', views: 5, tags: { $append: ['new'] } },
    ],
    expect: {
      status: 200,
      body: [
        { slug: 'four', views: 10, tags: ['y'] },
        { slug: 'five', views: 7, tags: [] },
        { slug: 'three', views: 5, tags: ['new'] },
      ],
    },
  })
})

for (const as of ['secret', 'anonymous'] as const) {
  test(`200 increments at once lose nothing, asked by ${as}`, async () => {
    const request = `PATCH /data/pages/${pageId(5)}`
    const reset = await ask(server, { as: 'secret', request, body: { views: 100, tags: [] } })
    assert.equal(reset.status, 200)
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => ask(server, { as, request, body: { views: { $increment: 1 } } })),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    const seen = answers.map(({ body }) => (body as { views: number }).views).toSorted((a, b) => a - b)
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, i) => 101 + i),
      'each answer is its own',
    )
  })
}
