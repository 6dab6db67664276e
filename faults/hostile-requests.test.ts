import assert from 'node:assert/strict'
import { checkAnswer } from './testing/answers.ts'
import { startBystander } from './testing/bystander.ts'
import { faultTest, rounds } from './testing/fault-test.ts'
import { mutate } from './testing/mutate.ts'
import { bugsOf, startServerProcess, type ServerProcess } from './testing/server-process.ts'
import { idOf, makeThings } from './testing/writers.ts'

const each = 250 * rounds
/** How much more memory than before a server may hold after all this. */
const mostGrowthBytes = 400e6

const expressions = [
  `doc.text == 'a' && doc.whole > 3 || !(doc.flag)`,
  `doc.text.startsWith('a') || doc.text.matches('^[a-z]+$') && doc.number * 2.5 < 10.0`,
  `doc.when > timestamp('2026-01-01T00:00:00Z') && doc.tags.exists(tag, tag == 'x')`,
  `'x' in doc.tags && doc.meta.a.b == 1 && size(doc.text) < 10`,
  `doc.owner == auth.uid || auth.claims.role == 'admin'`,
  `doc.whole in [1, 2, 3] ? doc.flag : doc.text != null`,
  `doc.price > decimal('3.50') && doc.id == '${idOf(1, 1)}'`,
  `doc.whole / 0 > 1 || doc.whole % 7 == 3 && -doc.whole < 9223372036854775807`,
]

const queries = [
  'text=eq.a&whole=gte.3&order=whole.desc.nullslast,text&limit=20',
  'or=(text.eq.a,and(whole.gt.3,flag.is.true))&select=id,text,meta->a->>b',
  'tags=contains.(x,"y,z")&tags=overlaps.{a,b}&number=lt.2.5&not.or=(flag.is.null,when.gt.2026-01-01)',
  'text=ilike.*b%25_&text=match.^[a-z]%2B$&price=in.(1.50,2)&count=exact',
  'meta->a->>b=eq.1&meta->0=is.null&select=name:text,price::text&after=abc',
  'when=gte.2026-01-31T12:00:00%2B02:00&day=eq.2026-01-31&place=eq.1&id=eq.' + idOf(1, 1),
  'select=*,friend(text)&friend.text=eq.a&friend.order=text&friend.limit=3',
]

const bodies = [
  '{"text":"a","whole":3,"number":2.5,"price":"9.99","flag":true,"when":"2026-01-31T12:00:00Z","day":"2026-01-31"}',
  '{"tags":["x","y"],"meta":{"a":{"b":[1,null,true,"\\u00e9"]}},"place":{"lat":47.5,"lng":9.2},"mail":"a@b.ch"}',
  `[{"id":"${idOf(1, 1)}","text":"b"},{"id":"${idOf(1, 2)}","whole":-7,"link":"https://a.b/c?d=e"}]`,
]

/** Known to break things that were not made for them. */
const oddBodies = [
  '{"text":"\\u0000"}',
  '{"meta":{"a\\u0000":"\\u0000"}}',
  '{"meta":"\\ud800"}',
  '{"text":"\\udfff\\ud800","tags":["\\ud800"]}',
  '{"\\u0000":1}',
  '{"text":"a","text":"b","id":null}',
  '{"__proto__":{"text":"a"},"constructor":{"prototype":{"x":1}}}',
  '{"meta":{"__proto__":{"isAdmin":true}}}',
  '{"number":1e400,"whole":1e400}',
  '{"number":-1e-400,"whole":-0.0}',
  '{"whole":9007199254740993}',
  '{"price":"1e100000"}',
  `{"price":"${'9'.repeat(200_000)}"}`,
  '{"price":"NaN","number":"Infinity"}',
  '{"when":"294277-01-01T00:00:00Z","day":"-4714-01-01"}',
  '{"place":{"lat":1e308,"lng":null}}',
  `{"meta":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  `{"meta":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
  '['.repeat(100_000),
  `{"text":"${'x'.repeat(3_000_000)}"}`,
  `{"indexed":"${Array.from({ length: 4000 }, (_, at) => at.toString(36) + 'é').join('')}"}`,
  `{"meta":{${Array.from({ length: 20_000 }, (_, at) => `"k${at}":${at}`).join()}}}`,
  '',
  'null',
  'true',
  '""',
  '[]',
  '[[]]',
  '[null]',
  '{}',
  '\ufeff{}',
  '{"id":"not a uuid"}',
  `[{"id":"${idOf(1, 1)}"},{"id":"${idOf(1, 1)}"}]`,
]

faultTest('requests that make no sense are told so, and nobody else notices', async (t, random) => {
  const server = await startServerProcess(t)
  await makeThings(server)
  await makeEverything(server)
  const bystander = startBystander(t, server, random)
  await bystander.goOn()
  const ask = asker(server)
  const startAnew = async () => {
    // What odd bodies have left is large; a list of it would be an honest answer.
    await ask('DELETE', '/data/every?where=true')
    for (const body of bodies) await ask('PUT', '/data/every', body.startsWith('[') ? body : `[${body}]`)
  }
  server.forgetPeak()
  const before = server.peakBytes()

  const param = (text: string) => encodeURIComponent(text.toWellFormed())
  const kinds: Record<string, () => Promise<void>> = {
    'an expression': () => ask('GET', `/data/every?where=${param(mutate(random, random.pick(expressions)))}`),
    'a policy': () => {
      const [operation, cel] = [
        random.pick(['list', 'get', 'create', 'update', 'delete']),
        random.pick(expressions),
      ]
      return ask(
        'PATCH',
        '/data/$collections/judged',
        JSON.stringify({ policies: { [operation]: mutate(random, cel) } }),
      )
    },
    'a query': () => ask('GET', `/data/every?${rawQuery(mutate(random, random.pick(queries)))}`),
    'a body': () => {
      const [method, path] = random.pick([
        ['POST', '/data/every'],
        ['PUT', '/data/every'],
        ['PATCH', `/data/every/${idOf(1, 1)}`],
        ['PATCH', '/data/every?where=true'],
      ] as const)
      return ask(method, path, mutate(random, random.pick(bodies)))
    },
    'an odd body': () => ask(random.pick(['POST', 'PUT']), '/data/every', random.pick(oddBodies)),
    'a path': () =>
      ask(
        random.pick(['GET', 'DELETE', 'PATCH']),
        rawPath(mutate(random, `/data/every/${idOf(1, 1)}`)),
        '{}',
      ),
    'a definition': () =>
      ask(
        'POST',
        '/data/$collections',
        mutate(
          random,
          '{"name":"made","fields":{"a":{"type":"text","default":{"cel":"auth.uid"},"pattern":"^a+$"},"b":{"type":"integer","computed":"size(doc.a)"}}}',
        ),
      ),
  }
  for (const [name, make] of Object.entries(kinds)) {
    const count = name === 'a policy' || name === 'a definition' ? each / 5 : each
    await startAnew()
    await inLanes(8, count, make)
    await bystander.goOn()
  }
  for (const body of oddBodies) for (const method of ['POST', 'PUT']) await ask(method, '/data/every', body)
  await bystander.goOn()
  assert.deepEqual(bugsOf(server), [])
  const grown = server.peakBytes() - before
  assert.ok(grown < mostGrowthBytes, `the server grew by ${Math.round(grown / 1e6)} MB`)
  t.diagnostic(`grew by ${Math.round(grown / 1e6)} MB`)
})

/** A collection with a field of every type. */
async function makeEverything(server: ServerProcess): Promise<void> {
  const fields = {
    text: { type: 'text' },
    indexed: { type: 'text', unique: true },
    whole: { type: 'integer' },
    number: { type: 'number' },
    price: { type: 'decimal' },
    flag: { type: 'boolean' },
    when: { type: 'timestamp' },
    day: { type: 'date' },
    meta: { type: 'json' },
    mail: { type: 'email' },
    link: { type: 'url' },
    tags: { type: 'text', list: true },
    place: { type: 'geopoint' },
    owner: { type: 'text' },
    friend: { type: 'relation', to: 'every' },
  }
  for (const name of ['every', 'judged']) {
    const { status, body } = await server.request('POST', '/data/$collections', { name, fields })
    assert.equal(status, 201, JSON.stringify(body))
  }
}

/** Asks with the secret key and checks whatever comes back. */
function asker(server: ServerProcess) {
  const headers = { apikey: server.secretKey, 'content-type': 'application/json' }
  return async (method: string, path: string, body?: string): Promise<void> => {
    const response = await fetch(`${server.environmentUrl}/v1${path}`, {
      method,
      headers: method === 'DELETE' ? { ...headers, prefer: 'return=minimal' } : headers,
      ...(body === undefined || method === 'GET' ? {} : { body }),
    })
    checkAnswer(response.status, await response.text(), `${method} ${path}\n${body ?? ''}`)
  }
}

/** Only what an HTTP client cannot send is escaped; everything else goes as it is. */
function rawQuery(text: string): string {
  return text.toWellFormed().replaceAll('#', '%23')
}

function rawPath(text: string): string {
  return `/${text.toWellFormed().replaceAll('#', '%23').replace(/^\/+/, '')}`
}

async function inLanes(lanes: number, count: number, work: () => Promise<void>): Promise<void> {
  let rest = count
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (rest-- > 0) await work()
    }),
  )
}
