import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, Locator, Page } from 'playwright-core'
import { password, setUpOwner, type TestOperator } from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'
import { checkAccessible, isNarrowEnough } from './console.ts'

const dist = fileURLToPath(new URL('../packages/console/dist', import.meta.url))
const firstLoadBytes = 300_000

describe('the console', { timeout: 540_000 }, () => {
  let server: TestServer
  let owner: TestOperator
  let browser: Browser
  let desk: Visitor
  const ending: (() => unknown)[] = []

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    owner = await setUpOwner(server)
    await owner.ask('POST', '/organisations/acme/projects', { name: 'shop', title: 'Web shop' })
    await owner.ask('POST', '/projects/shop/environments', { name: 'dev', dev: true })
    const collections = [{ name: 'orders', fields: { title: { type: 'text' }, total: { type: 'decimal' } } }]
    await owner.askIn('shop/dev', 'POST', '/schema/apply', { collections })
    await owner.askIn('shop/dev', 'POST', '/data/orders', { title: 'Tea', total: '4.50' })
    browser = await launchBrowser()
    // Its policy lets no test in; the pages themselves are under it in every other test of the console.
    desk = await visit(browser, `${server.url}/console`, { locale: 'en-US', bypassCSP: true })
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })

  test('what a first visit loads stays below 300 KB', async t => {
    const html = await readFile(join(dist, 'index.html'), 'utf8')
    const files = [...html.matchAll(/href="\/console\/(_app\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file!)
    assert.ok(files.length > 3, 'the page names its files')
    const sizes = await Promise.all(
      files.map(async file => gzipSync(await readFile(join(dist, file))).length),
    )
    const total = sizes.reduce((sum, size) => sum + size, 0)
    t.diagnostic(`${total} bytes gzipped in ${files.length} files`)
    assert.ok(total < firstLoadBytes, `${total} bytes`)
  })

  test('a wrong password is said to be one, the right one leads to the projects', async () => {
    const { page } = desk
    await page.getByLabel('E-mail').fill(owner.email)
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').getByText('auth/wrong-credentials').waitFor()
    await picture(page, 'console-sign-in')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Projects' }).waitFor()
    await page.getByText('Web shop').waitFor()
    await checkAccessible(page)
    await picture(page, 'console-projects')
    desk.complaints.length = 0
  })

  test('the palette leads anywhere by the keyboard', async () => {
    const { page } = desk
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Go somewhere').fill('web')
    await chosen(page, 'Open Web shop').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Web shop' }).waitFor()
    await page.getByRole('link', { name: /^dev/ }).click()
    await page.getByRole('navigation', { name: 'Environment' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Go somewhere').fill('sql')
    await chosen(page, 'SQL').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'SQL', exact: true }).waitFor()
  })

  test('SQL is run, explained, and told where it is wrong', async () => {
    const { page } = desk
    const editor = page.getByRole('textbox', { name: 'SQL' })
    await editor.fill('select title, total from orders')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('region', { name: 'Result' }).getByText('4.50').waitFor()
    await checkAccessible(page)
    await picture(page, 'console-sql')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByText('Seq Scan').waitFor()
    await editor.fill('delete from orders')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('alert').getByText('Say that it may write.').waitFor()
    assert.equal(desk.complaints.length, 1, 'the refused request and nothing else')
    desk.complaints.length = 0
  })

  test('requests are counted, and the slow ones shown with their answer', async () => {
    const { page } = desk
    await owner.askIn('shop/dev', 'POST', '/schema/sql', { text: 'select pg_sleep(1.5)' })
    await page.getByRole('link', { name: 'Monitoring' }).click()
    const operations = page.getByRole('region', { name: 'Operations' })
    // Windows of ten seconds are told when they are over.
    await operations.getByText('POST /schema/sql').waitFor()
    await page.getByRole('figure', { name: 'Requests' }).waitFor()
    await checkAccessible(page)
    await picture(page, 'console-monitoring')
    await operations.getByRole('button', { name: 'POST /schema/sql' }).click()
    await page.getByRole('link', { name: 'Its kept requests' }).click()
    const kept = page.getByRole('region', { name: 'Kept requests' }).getByRole('button').first()
    await page.getByRole('heading', { name: 'Logs' }).waitFor()
    // They are written with the window they belong to, which may be the next one.
    while (!(await kept.isVisible())) {
      await page.getByRole('button', { name: 'Load anew' }).click()
      await page.waitForTimeout(500)
    }
    await kept.click()
    const detail = page.getByRole('dialog', { name: 'POST /schema/sql' })
    await detail.getByRole('heading', { name: 'Statements' }).waitFor()
    await checkAccessible(page)
    await picture(page, 'console-request')
    await page.keyboard.press('Escape')
    await detail.waitFor({ state: 'detached' })
    assert.deepEqual(desk.complaints, [])
  })

  test('no page costs more than it may, and none asks anybody else', async t => {
    const storageState = await desk.context.storageState()
    const pages = [
      '',
      '/data/orders',
      '/sql',
      '/auth',
      '/realtime',
      '/monitoring',
      '/alerts',
      '/usage',
      '/logs',
    ]
    const paths = ['', ...pages.map(page => `/projects/shop/dev${page}`)]
    for (const path of paths) {
      // One of its own each, so that nothing has been loaded before.
      const context = await browser.newContext({ locale: 'en-US', storageState })
      await context.addInitScript(countShifts)
      const page = await context.newPage()
      await page.goto(`${server.url}/console${path}`)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.locator('.animate-pulse').first().waitFor({ state: 'detached' })
      const cost = await costOf(page)
      const { hosts, ...counted } = cost
      t.diagnostic(`${path}: ${JSON.stringify(counted)}`)
      for (const [name, most] of Object.entries(budget))
        assert.ok(counted[name as keyof typeof budget] <= most, `${path}: ${name} ${JSON.stringify(counted)}`)
      assert.deepEqual(hosts, [new URL(server.url).host])
      await context.close()
    }
  })

  test('under its policy of content, on a phone and in the dark', async () => {
    const url = `${server.url}/console/projects/shop/dev/monitoring`
    const phone = await visit(browser, url, {
      locale: 'en-US',
      colorScheme: 'dark',
      viewport: { width: 390, height: 844 },
      storageState: await desk.context.storageState(),
    })
    const { page } = phone
    await page.getByRole('region', { name: 'Operations' }).getByText('POST /schema/sql').waitFor()
    assert.ok(await isNarrowEnough(page))
    await picture(page, 'console-monitoring-phone')
    await page.getByRole('button', { name: 'Pages' }).click()
    await page.getByRole('link', { name: 'SQL' }).click()
    await page.getByRole('textbox', { name: 'SQL' }).waitFor()
    assert.ok(await isNarrowEnough(page))
    assert.deepEqual(phone.complaints, [])
    await phone.context.close()
  })
})

/** What a page may cost, in what does not depend on the machine. */
const budget = {
  /** Of Web Vitals: what moves while it loads; 0.1 is good. */
  layoutShift: 0.1,
  requests: 120,
  bytes: 900_000,
  elements: 1500,
}

interface PageCost {
  readonly layoutShift: number
  readonly requests: number
  /** Over the line, without what the server streams. */
  readonly bytes: number
  readonly elements: number
  readonly hosts: readonly string[]
}

/** Adds up what moves; runs in the page before anything else. */
function countShifts(): void {
  const shifts = { sum: 0 }
  Object.assign(globalThis, { shifts })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries() as (PerformanceEntry & {
      value: number
      hadRecentInput: boolean
    })[])
      if (!entry.hadRecentInput) shifts.sum += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}

function costOf(page: Page): Promise<PageCost> {
  return page.evaluate(() => {
    const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    return {
      layoutShift: (globalThis as unknown as { shifts: { sum: number } }).shifts.sum,
      requests: resources.length,
      bytes: resources.reduce((sum, { transferSize }) => sum + transferSize, 0),
      elements: document.querySelectorAll('*').length,
      hosts: [...new Set(resources.map(({ name }) => new URL(name).host))],
    }
  })
}

/** What Enter does in the palette. */
function chosen(page: Page, title: string): Locator {
  return page.locator('[role=option][data-selected]').filter({ hasText: title })
}
