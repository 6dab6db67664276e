import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { sql } from '@cloudbox/server/kernel/sql'
import { password, setUpOwner, type TestOperator } from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, type Visitor } from './browser.ts'
import { checkAccessible, isNarrowEnough, openConsole } from './console.ts'

const dayMs = 86_400_000
const today = Math.floor(Date.now() / dayMs) * dayMs
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const monday = today - ((today / dayMs + 3) % 7) * dayMs

/** What five weeks of an app leave. */
async function use(server: TestServer, environmentId: string): Promise<void> {
  const operations = [
    'GET /data/:collection',
    'POST /data/:collection',
    'POST /auth/sign-in',
    'GET /data/:collection/:id',
  ]
  const days = Array.from({ length: 70 }, (_, n) => 69 - n).flatMap(ago =>
    operations.map((operation, i) => {
      const requests = Math.round((900 - 9 * ago) * (1 + 0.4 * Math.sin(ago)) * (1 - i / 5))
      return { day: dayOf(today - ago * dayMs), operation, requests, source: i === 2 ? 'operator' : 'none' }
    }),
  )
  await server.db.query(sql`
    insert into cloudbox.usage_days
    select day, ${environmentId}, source, operation, requests, requests / 200, requests / 30, requests * 120, requests * 2400
    from jsonb_to_recordset(${JSON.stringify(days)}::jsonb)
      as given (day date, source text, operation text, requests bigint)
    on conflict do nothing`)
  const people: object[] = []
  const add = (who: string, period: string, begins: number, count: number, cohort = begins) =>
    people.push({ who, period, begins: dayOf(begins), cohort: dayOf(cohort), count })
  for (let ago = 0; ago < 70; ago++) {
    add('users', 'day', today - ago * dayMs, 160 - ago)
    add('visitors', 'day', today - ago * dayMs, 420 - 4 * ago)
  }
  for (let week = 0; week < 10; week++) add('users', 'week', monday - 7 * week * dayMs, 410 - 20 * week)
  const month = new Date(today)
  month.setUTCDate(1)
  add('users', 'month', month.getTime(), 930)
  month.setUTCMonth(month.getUTCMonth() - 1)
  add('users', 'month', month.getTime(), 870)
  for (let cohort = 0; cohort < 6; cohort++)
    for (let week = 0; week <= cohort; week++) {
      const begins = monday - 7 * (cohort - week) * dayMs
      add(
        'cohort',
        'week',
        begins,
        cohort === 2 && week === 2 ? 3 : Math.round((40 + 3 * cohort) / (1 + week * 0.9)),
        monday - 7 * cohort * dayMs,
      )
    }
  await server.db.query(sql`
    insert into cloudbox.usage_people (environment_id, who, period, begins, cohort, people)
    select ${environmentId}, who, period, begins, cohort, count
    from jsonb_to_recordset(${JSON.stringify(people)}::jsonb)
      as given (who text, period text, begins date, cohort date, count bigint)`)
}

describe('usage in the console', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let owner: TestOperator
  let desk: Visitor
  const ending: (() => unknown)[] = []

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    owner = await setUpOwner(server)
    await owner.ask('POST', '/organisations/acme/projects', { name: 'shop', title: 'Web shop' })
    await owner.ask('POST', '/projects/shop/environments', { name: 'dev', dev: true })
    browser = await launchBrowser()
    desk = await openConsole(browser, server.url, '/projects/shop/dev/usage', {
      email: owner.email,
      password,
    })
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })

  test('who has used nothing yet is told what will be here, and what will never be stored', async () => {
    const { page } = desk
    await page.getByText('Nothing was asked in this time').waitFor()
    await page.getByText('Nobody has signed up yet').waitFor()
    await page.getByText('Network addresses and browsers').waitFor()
    await picture(page, 'usage-empty')
    await checkAccessible(page)
  })

  test('people, requests, endpoints, keys and who came back are shown', async () => {
    const { page } = desk
    const [row] = await server.db.query<{ id: string }>(
      sql`select id from cloudbox.platform_environments where name = 'dev' and schema_name like 'shop%'`,
    )
    await use(server, row!.id)
    await page.reload()
    await page.getByText('410', { exact: true }).waitFor()
    await page.getByText('390 last week').waitFor()
    await page.getByText('930', { exact: true }).waitFor()
    const endpoints = page.getByRole('region', { name: 'Endpoints' })
    assert.match(await endpoints.getByRole('row').nth(1).innerText(), /GET \/data\/:collection\s/)
    await page.getByRole('region', { name: 'Keys' }).getByText('Operators', { exact: true }).waitFor()
    const retention = page.getByRole('region', { name: 'Retention by week' })
    // Five weeks before this one: 55 were active then, 29 of them a week later.
    const oldest = retention.getByRole('row').nth(1)
    assert.match(await oldest.innerText(), /55\s+53 %/)
    // Of the three that week there is no number.
    await retention.getByText('fewer than 5', { exact: true }).waitFor()
    assert.match(await retention.getByRole('row').nth(4).innerText(), /< 5/)
    await picture(page, 'usage')
    await checkAccessible(page)
  })

  test('the keyboard walks through the days, and another time is one press away', async () => {
    const { page } = desk
    const bars = page.getByRole('slider', { name: 'Users and visitors, by day' })
    await bars.focus()
    assert.match((await bars.getAttribute('aria-valuetext'))!, /users 160, visitors 420$/)
    await page.keyboard.press('ArrowLeft')
    assert.match((await bars.getAttribute('aria-valuetext'))!, /users 159, visitors 416$/)
    await page.getByRole('button', { name: '1y, the last year, by week' }).click()
    await page.getByRole('slider', { name: 'Users, by week' }).waitFor()
    assert.match(page.url(), /from=-364d/)
    await picture(page, 'usage-year')
    await page.getByRole('button', { name: '30d, the last 30 days' }).click()
    await bars.waitFor()
  })

  test('what is stored is looked at from here, and an address among it is told', async () => {
    const { page } = desk
    const check = page.getByRole('button', { name: 'Check what is stored' })
    await check.click()
    await page.getByText(/^No address of a mail or of a machine in/).waitFor()
    await server.db.query(sql`
      insert into cloudbox.monitoring_markers (at, kind, title, subject)
      values (now(), 'schema', 'collection.created', 'ada@example.org')`)
    await check.click()
    await page.getByText('There are addresses where none should be.').waitFor()
    await page.getByText('monitoring_markers.subject').waitFor()
    await picture(page, 'usage-found')
    await checkAccessible(page)
  })

  test('in the dark and on a phone', async () => {
    const options = { colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const
    const phone = await openConsole(
      browser,
      server.url,
      '/projects/shop/dev/usage',
      { email: owner.email, password },
      options,
    )
    await phone.page.getByText('410', { exact: true }).waitFor()
    await phone.page.getByRole('region', { name: 'Retention by week' }).waitFor()
    assert.ok(await isNarrowEnough(phone.page))
    await picture(phone.page, 'usage-phone-dark')
    await checkAccessible(phone.page)
    assert.deepEqual(phone.complaints, [])
    assert.deepEqual(desk.complaints, [])
  })
})
