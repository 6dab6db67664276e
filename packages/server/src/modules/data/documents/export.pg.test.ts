import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { createLog } from '../../../kernel/log.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { ask, type As } from '../../../testing/scenario.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { asAnn, startTodoServer, todoId } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })
const ndjson = 'application/x-ndjson'

async function read(accept: string, query: string, as: As = 'secret', collection = 'todos') {
  const request = `GET /data/${collection}?${query}`
  const { status, headers, body } = await ask(server, { as, request, headers: { accept } })
  assert.equal(status, 200, JSON.stringify(body))
  // One line alone has been read as JSON.
  return { headers, text: typeof body === 'string' ? body : `${JSON.stringify(body)}\n` }
}

describe('NDJSON', () => {
  for (const query of [
    'order=title',
    'select=title,n:priority,author(name),meta->a&priority=gt.1&order=priority.desc',
    'select=owner,n:count()&order=n.desc',
    'where=doc.title.startsWith("B")',
    'limit=2&order=title',
    'author=not.is.null&select=title,author!inner(name)&author.name=eq.Ann',
  ]) {
    test(`is the list, line by line: ${query}`, async () => {
      const { body } = await ask(server, { as: asAnn, request: `GET /data/todos?${query}` })
      const { headers, text } = await read(ndjson, query, asAnn)
      assert.equal(headers.get('content-type'), ndjson)
      const lines = text.split('\n').slice(0, -1)
      assert.deepEqual(
        lines.map(line => JSON.parse(line)),
        body,
      )
    })
  }

  test('goes on behind a cursor', async () => {
    const page = await ask(server, { as: asAnn, request: 'GET /data/todos?select=title&order=title&limit=2' })
    const after = page.headers.get('x-cloudbox-next-cursor')
    const { text } = await read(ndjson, `select=title&order=title&after=${after}`, asAnn)
    assert.equal(text, '{"title":"Shared"}\n{"title":"Über"}\n')
  })

  test('of nothing is nothing', async () => {
    assert.equal((await read(ndjson, 'title=eq.nothing')).text, '')
    assert.equal((await read(ndjson, 'title=in.()')).text, '')
  })

  test('a closed collection stays closed, and a mistake is a problem', async () => {
    const headers = { accept: ndjson }
    const closed = await ask(server, { as: 'anonymous', request: 'GET /data/locked', headers })
    assert.equal(closed.status, 403)
    const wrong = await ask(server, { as: 'secret', request: 'GET /data/todos?count=exact&title=1', headers })
    assert.deepEqual(
      (wrong.body as { errors: { at: string }[] }).errors.map(({ at }) => at),
      ['?title[0:1]', '?count'],
    )
    const cast = await ask(server, { as: 'secret', request: 'GET /data/todos?select=title::int', headers })
    assert.equal((cast.body as { code: string }).code, 'data/invalid-query')
  })

  test('HEAD begins nothing', async () => {
    const { status, headers, body } = await ask(server, {
      as: 'secret',
      request: 'HEAD /data/todos',
      headers: { accept: ndjson },
    })
    assert.deepEqual([status, headers.get('content-type'), body], [200, ndjson, ''])
  })
})

describe('CSV', () => {
  test('every type has its form', async () => {
    const { headers, text } = await read(
      'text/csv',
      `id=eq.${todoId(1)}&select=title,price,priority,done,due,day,tags,meta,s:meta->>s,b:meta->a->b,place,author(name),x:meta->a,shared,createdOn:due::date`,
    )
    assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8')
    assert.equal(
      text,
      'title,price,priority,done,due,day,tags,meta,s,b,place,author,x,shared,createdOn\r\n' +
        'Milk,1.50,1,false,2026-01-31T12:00:00+00:00,2026-01-31,"[""food"",""shop""]",' +
        '"{""a"": {""b"": 5}, ""s"": ""x""}",x,5,"{""lat"":47.5,""lng"":9.25}","{""name"":""Ann""}","{""b"": 5}",,2026-01-31\r\n',
    )
  })

  test('groups, and a list without its header', async () => {
    assert.equal((await read('text/csv', 'select=owner,n:count()')).text, 'owner,n\r\nann,3\r\nbob,2\r\n')
    assert.equal((await read('text/csv; header=absent', 'select=title&limit=1&order=title')).text, 'Bobs\r\n')
  })

  test('nothing still has a header', async () => {
    assert.equal((await read('text/csv', 'select=title&title=eq.x')).text, 'title\r\n')
    assert.equal((await read('text/csv', 'select=title&title=in.()')).text, 'title\r\n')
  })

  test('unknown fields are one column', async () => {
    const { text } = await read('text/csv', 'select=*&kind=eq.b', 'secret', 'loose')
    assert.match(text, /^id,createdAt,updatedAt,kind,extraFields\r\n[^\r]+,b,"\{""size"": ""3""\}"\r\n$/)
  })

  test('any text survives, and no formula does if that is asked for', async () => {
    await server.request('POST', '/data/$collections', {
      body: { name: 'texts', fields: { nr: { type: 'integer' }, text: { type: 'text' } } },
    })
    const special = fc.constantFrom('=1+1', '@x', '-5', '+1', '\tx', '"', '""', ',', '\r\n', '', ' a ', "'")
    const text = fc.oneof(
      special,
      fc.string({ unit: 'binary' }).map(text => text.replaceAll('\0', '')),
    )
    const texts = fc.sample(fc.option(text, { freq: 8 }), 300)
    const body = texts.map((text, nr) => ({ nr: -nr, text }))
    assert.equal((await server.request('POST', '/data/texts', { body })).status, 201)
    const lines = parseCsv((await read('text/csv', 'select=nr,text&order=nr.desc', 'secret', 'texts')).text)
    assert.deepEqual(lines, [['nr', 'text'], ...body.map(({ nr, text }) => [String(nr), text])])
    const escaped = parseCsv(
      (
        await read(
          'text/csv; formulas=escaped; header=absent',
          'select=nr,text&order=nr.desc',
          'secret',
          'texts',
        )
      ).text,
    )
    assert.deepEqual(
      escaped,
      body.map(({ nr, text }) => [String(nr), /^[-=+@\t\r]/.test(text ?? '') ? `'${text}` : text]),
    )
  })
})

/** As RFC 4180 has it; what is empty without quotes is null. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = []
  let row: (string | null)[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (cell.lastIndex < text.length) {
    const [, quoted, plain, end] = cell.exec(text) ?? assert.fail(`no CSV at ${cell.lastIndex}`)
    row.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

describe('large lists', () => {
  const rowCount = 120_000
  const prepared = (async () => {
    const large = await startTestServer(
      { after },
      { log: createLog('silent', () => {}), argv: ['--data-max-exports', '1'] },
    )
    await large.request('POST', '/data/$collections', {
      body: {
        name: 'rows',
        fields: { nr: { type: 'integer', unique: true }, text: { type: 'text' } },
        policies: { list: 'doc.nr > 0' },
      },
    })
    const table = id(large.environment.schema, 'rows')
    // The change stream, which keeps what is new in memory, does not see an unlogged table.
    await large.db.query(sql`alter table ${table} set unlogged`)
    await large.db.query(sql`
      insert into ${table} ("nr", "text") select n, repeat('0', 400) || n from generate_series(0, ${rowCount}::int) n`)
    return large
  })()
  const open = async (query: string, signal?: AbortSignal) => {
    const large = await prepared
    return fetch(`${large.environmentUrl}/v1/data/rows?${query}`, {
      headers: { apikey: large.publishableKey, accept: ndjson },
      ...(signal && { signal }),
    })
  }
  /** Resolves once no export holds a transaction any more. */
  const allEnded = async () => {
    const { db } = await prepared
    const held = sql`
      select from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction' and query like 'fetch%'`
    while ((await db.query(held)).length > 0);
  }

  test('come whole, in memory that does not grow with them, however slow the reader is', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const liveBytes = () => {
      // What the first finds dead may hold others.
      gc()
      gc()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const { body } = await open('select=nr,text&order=nr')
    const before = liveBytes()
    let most = 0
    let bytes = 0
    let lines = 0
    let chunks = 0
    for await (const chunk of body!) {
      bytes += chunk.length
      for (const byte of chunk) if (byte === 10) lines++
      // A slow reader: others run before it takes more.
      await new Promise(setImmediate)
      if (chunks++ % 200 === 0) most = Math.max(most, liveBytes() - before)
    }
    assert.equal(lines, rowCount)
    assert.ok(bytes > 45_000_000, `${bytes} bytes`)
    assert.ok(most < 12_000_000, `${most} bytes live`)
    await allEnded()
  })

  test('a reader that goes leaves nothing behind', async () => {
    for (let i = 0; i < 3; i++) {
      const leaving = new AbortController()
      const response = await open('select=nr,text', leaving.signal)
      assert.equal(response.status, 200)
      await response.body!.getReader().read()
      leaving.abort()
      await allEnded()
      // Only one may run, so this one would be refused.
      const next = await openSoon('select=nr&limit=3&order=nr')
      assert.equal(await next.text(), '{"nr":1}\n{"nr":2}\n{"nr":3}\n')
    }
  })

  /** The place of an export is free a moment after its connection. */
  async function openSoon(query: string): Promise<Response> {
    for (;;) {
      const response = await open(query)
      if (response.status !== 429) return response
      await response.text()
    }
  }

  test('more than may run at once are refused, and lists of JSON go on', async () => {
    const large = await prepared
    const first = await openSoon('select=nr,text')
    const second = await open('select=nr')
    assert.equal(second.status, 429)
    assert.equal(second.headers.get('retry-after'), '5')
    assert.equal(((await second.json()) as { code: string }).code, 'data/too-many-exports')
    assert.equal((await large.request('GET', '/data/rows?limit=1')).status, 200)
    await first.body!.cancel()
    assert.equal((await openSoon('select=nr&limit=1')).status, 200)
  })

  test('a reader that stalls keeps the place of an export only for its time', async () => {
    const impatient = await startTestServer(
      { after },
      {
        log: createLog('silent', () => {}),
        argv: ['--data-max-exports', '1', '--data-export-timeout-ms', '1000'],
      },
    )
    await impatient.request('POST', '/data/$collections', {
      body: { name: 'rows', fields: { text: { type: 'text' } }, policies: { list: 'public("test")' } },
    })
    await impatient.db.query(sql`
      insert into ${id(impatient.environment.schema, 'rows')} ("text")
      select repeat('0', 10000) from generate_series(1, 4000)`)
    const ask = () =>
      fetch(`${impatient.environmentUrl}/v1/data/rows?select=text`, {
        headers: { apikey: impatient.publishableKey, accept: ndjson },
      })
    const stalled = await ask()
    assert.equal(stalled.status, 200)
    for (;;) {
      const next = await ask()
      if (next.status === 200) {
        await next.body!.cancel()
        break
      }
      await next.text()
    }
    await assert.rejects(stalled.text(), /terminated/)
  })

  test('a failure midway cuts the connection', async () => {
    const large = await prepared
    const table = id(large.environment.schema, 'rows')
    await large.db.query(sql`update ${table} set "text" = 'no number' where "nr" = 110000`)
    const response = await openSoon('select=text::decimal&order=nr')
    assert.equal(response.status, 200)
    await assert.rejects(response.text(), /terminated/)
    assert.equal((await openSoon('select=nr&limit=1')).status, 200)
  })
})
