import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { loadDemo } from '@cloudbox/example-cities/src/load'
import { serveDemo } from '@cloudbox/example-cities/serve'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'

/** The first places of the data set: Andorra, the Emirates and Afghanistan among them. */
const places = 3000

describe('the cities demo in two windows', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let pageUrl: string
  let stopPage: () => Promise<void>
  // Not `after` itself: within `before` it would mean the end of `before`.
  const ending: (() => unknown)[] = []
  let left: Visitor
  let right: Visitor

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    const { environmentUrl: url, secretKey } = server
    await loadDemo({ url, secretKey, limit: places })
    ;({ url: pageUrl, stop: stopPage } = await serveDemo(server))
    browser = await launchBrowser()
    left = await visit(browser, pageUrl)
    right = await visit(browser, pageUrl, { colorScheme: 'dark' })
  })
  after(async () => {
    await browser?.close()
    await stopPage?.()
    for (const work of ending) await work()
  })

  test('both show the newest places and how many there are', async () => {
    for (const { page } of [left, right]) {
      await rows(page).nth(49).waitFor()
      assert.equal(await rows(page).count(), 50)
      await page.getByText('3,000 places').waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
    }
    await picture(left.page, 'light')
    await picture(right.page, 'dark')
  })

  test('a search finds a part of a name, whatever its case, and says when there is nothing', async () => {
    const { page } = left
    await page.getByRole('searchbox').fill('KABUL')
    await row(page, 'Kabul').waitFor()
    for (const title of await rows(page).locator('strong').allTextContents()) assert.match(title, /kabul/i)
    await page.getByRole('searchbox').fill('nowhere%')
    await page.getByText('No places found').waitFor()
    await picture(page, 'empty')
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await rows(page).nth(49).waitFor()
  })

  test('more rows come on demand', async () => {
    const { page } = left
    await page.getByRole('button', { name: 'Show more' }).click()
    await rows(page).nth(99).waitFor()
    assert.equal(await rows(page).count(), 100)
  })

  test('a place added in one window appears in the other, in its order', async () => {
    for (const { page } of [left, right]) {
      await page.getByLabel('Country').first().selectOption('AD')
      await page.getByLabel('Order').selectOption('name')
      await rows(page).filter({ hasText: 'Andorra la Vella' }).first().waitFor()
    }
    await left.page.getByRole('button', { name: 'Add a place' }).click()
    await left.page.getByPlaceholder('Name').fill('Aaa Testville')
    await left.page.getByRole('button', { name: 'Add', exact: true }).click()
    for (const { page } of [left, right]) await row(page, 'Aaa Testville').waitFor()
    assert.deepEqual(await titles(right.page), (await titles(right.page)).toSorted(byCodePoint))
    assert.equal((await titles(right.page))[0], 'Aaa Testville')
    await right.page.getByText(/change seen after \d+ ms/).waitFor()
    assert.deepEqual(await titles(left.page), await titles(right.page))
  })

  test('an edit moves the row to its new place in the order', async () => {
    await edit(left.page, 'Aaa Testville', { name: 'zzz Testville' })
    await row(right.page, 'zzz Testville').waitFor()
    assert.equal((await titles(right.page)).at(-1), 'zzz Testville')
    await gone(right.page, 'Aaa Testville')
  })

  test('an edit that takes a row out of the filter takes it off the other list', async () => {
    await edit(left.page, 'zzz Testville', { country: 'AE' })
    await gone(right.page, 'zzz Testville')
    await gone(left.page, 'zzz Testville')
    await right.page.getByLabel('Country').first().selectOption('AE')
    await right.page.getByRole('searchbox').fill('zzz')
    await row(right.page, 'zzz Testville').waitFor()
  })

  test('an edit that somebody has begun survives a change of the same row', async () => {
    await right.page.getByRole('button', { name: 'Edit zzz Testville' }).click()
    await right.page.getByPlaceholder('Name').fill('zzz Mine')
    await left.page.getByLabel('Country').first().selectOption('AE')
    await left.page.getByRole('searchbox').fill('zzz')
    await edit(left.page, 'zzz Testville', { name: 'zzz Yours' })
    await row(left.page, 'zzz Yours').waitFor()
    assert.equal(await right.page.getByPlaceholder('Name').inputValue(), 'zzz Mine')
    await right.page.keyboard.press('Enter')
    await row(left.page, 'zzz Mine').waitFor()
  })

  test('a delete takes the row away everywhere, once it is confirmed', async () => {
    await left.page.getByRole('button', { name: 'Delete zzz Mine' }).click()
    await left.page.getByRole('button', { name: 'Keep' }).click()
    await row(right.page, 'zzz Mine').waitFor()
    await left.page.getByRole('button', { name: 'Delete zzz Mine' }).click()
    await left.page.getByRole('button', { name: 'Delete', exact: true }).click()
    await gone(right.page, 'zzz Mine')
    await gone(left.page, 'zzz Mine')
    assert.deepEqual(await titles(left.page), await titles(right.page))
  })

  test('what the server refuses is explained where it happened', async () => {
    const { page } = right
    await page.getByRole('button', { name: 'Add a place' }).click()
    await page.getByPlaceholder('Name').fill('x'.repeat(120))
    // More than the field lets a person type.
    await page.getByPlaceholder('Name').evaluate((input: HTMLInputElement) => (input.value += 'y'))
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'Name has to be at most 120 characters' }).waitFor()
    await picture(page, 'refused')
    await page.getByRole('button', { name: 'Cancel' }).click()
    // The browser itself reports every answer of 400 and above.
    assert.deepEqual(
      right.complaints.splice(0).filter(text => !text.includes('422')),
      [],
    )
  })

  test('the movies are a list of their own', async () => {
    const { page } = right
    await page.getByRole('link', { name: 'Movies' }).click()
    await row(page, 'The Godfather').waitFor()
    await picture(page, 'movies')
    await page.getByRole('link', { name: 'Cities', exact: true }).click()
    await rows(page).nth(49).waitFor()
  })

  test('no error reached the console', () => {
    assert.deepEqual([left.complaints, right.complaints], [[], []])
  })

  test('a window that was offline gets what it missed', async () => {
    await left.page.getByLabel('Country').first().selectOption('')
    await left.page.getByRole('searchbox').fill('')
    await left.page.getByLabel('Order').selectOption('newest')
    await left.context.setOffline(true)
    await left.page.getByText('Offline').waitFor()
    await picture(left.page, 'offline')
    await add(server, 'Missed-on-Sea')
    await row(right.page, 'Missed-on-Sea').waitFor()
    await left.context.setOffline(false)
    await row(left.page, 'Missed-on-Sea').waitFor()
    await left.page.getByText('Live', { exact: true }).waitFor()
  })

  test('both windows go on by themselves after the server was restarted', async () => {
    await server.restart()
    await add(server, 'Afterwards')
    for (const { page } of [left, right]) {
      await row(page, 'Afterwards').waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
    }
  })

  test('where there is no WebSocket, changes come as events', async () => {
    const plain = await visit(browser, pageUrl)
    await plain.context.addInitScript('delete globalThis.WebSocket')
    const streams: string[] = []
    plain.page.on('request', request => {
      if (request.url().endsWith('/v1/realtime/events')) streams.push(request.method())
    })
    await plain.page.reload()
    await plain.page.getByLabel('Order').selectOption('newest')
    await plain.page.getByText('Live', { exact: true }).waitFor()
    await add(server, 'Eventville')
    await row(plain.page, 'Eventville').waitFor()
    assert.ok(streams.includes('POST'), 'it came as an event')
    assert.deepEqual(plain.complaints, [])
    await plain.context.close()
  })

  test('the page fits a phone', async () => {
    const phone = await visit(browser, pageUrl, { viewport: { width: 360, height: 780 }, hasTouch: true })
    await rows(phone.page).nth(49).waitFor()
    assert.equal(await phone.page.evaluate(() => document.documentElement.scrollWidth), 360)
    await picture(phone.page, 'phone')
    await phone.context.close()
  })

  test('loading again changes nothing', async () => {
    const count = async () => {
      const { headers } = await server.request('GET', '/data/cities?select=id&limit=1&count=exact')
      return headers.get('content-range')
    }
    const counted = await count()
    await loadDemo({ url: server.environmentUrl, secretKey: server.secretKey, limit: places })
    assert.equal(await count(), counted)
  })
})

/** Rows that are there to stay, and not on their way out. */
function rows(page: Page): Locator {
  return page.locator('.row:not(.leaving)')
}

function row(page: Page, title: string): Locator {
  return rows(page).filter({ has: page.getByText(title, { exact: true }) })
}

function titles(page: Page): Promise<string[]> {
  return rows(page).locator('strong').allTextContents()
}

async function gone(page: Page, title: string): Promise<void> {
  await row(page, title).waitFor({ state: 'detached' })
}

async function edit(page: Page, title: string, to: { name?: string; country?: string }): Promise<void> {
  await page.getByRole('button', { name: `Edit ${title}` }).click()
  const form = page.locator('.row form')
  if (to.name !== undefined) await form.getByPlaceholder('Name').fill(to.name)
  if (to.country !== undefined) await form.getByLabel('Country').selectOption(to.country)
  await form.getByRole('button', { name: 'Save' }).click()
}

async function add(server: TestServer, name: string): Promise<void> {
  const { status } = await server.request('POST', '/data/cities', { body: { name, country: 'NL' } })
  assert.equal(status, 201)
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
