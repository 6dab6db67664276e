import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { createClient, type Client } from '@cloudbox/client'
import { password, setUpOwner, type TestOperator } from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, type Visitor } from './browser.ts'
import { checkAccessible, isNarrowEnough, openConsole } from './console.ts'

describe('first steps and live queries in the console', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let owner: TestOperator
  let desk: Visitor
  let key: string
  let box: Client | undefined
  const ending: (() => unknown)[] = []

  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await owner.askIn('shop/dev', method, path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body as never
  }

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    owner = await setUpOwner(server)
    await owner.ask('POST', '/organisations/acme/projects', { name: 'shop', title: 'Web shop' })
    await owner.ask('POST', '/projects/shop/environments', { name: 'dev', dev: true })
    browser = await launchBrowser()
    desk = await openConsole(browser, server.url, '/projects/shop/dev', { email: owner.email, password })
  })
  after(async () => {
    box?.close()
    await browser?.close()
    for (const work of ending) await work()
  })

  test('the first steps follow what is done elsewhere, and end in a live list', async () => {
    const { page } = desk
    const steps = page.getByRole('list', { name: 'First steps' })
    await steps.getByText('It becomes a table of Postgres').waitFor()
    assert.equal(await steps.getByLabel('done', { exact: true }).count(), 0)
    await picture(page, 'home-empty')
    await checkAccessible(page)

    await ask('POST', '/data/$collections', {
      name: 'notes',
      fields: { title: { type: 'text', required: true }, owner: { type: 'text' } },
      policies: { list: 'doc.owner == auth.uid || doc.title == "For all"' },
    })
    const made = await owner.ask('POST', '/projects/shop/environments/dev/keys', { kind: 'publishable' })
    key = (made.body as { key: string }).key
    await page.reload()
    await steps.getByLabel('done', { exact: true }).nth(2).waitFor()
    await page.getByText(key).first().waitFor()
    await page.getByText(/^No document yet/).waitFor()
    await ask('POST', '/data/notes', { title: 'For all', owner: 'ada' })
    await page.getByRole('region', { name: 'The newest of notes' }).getByText('For all').waitFor()
    await picture(page, 'home-live')
    await page.getByText('All set').waitFor()
    await picture(page, 'home-done')
    await checkAccessible(page)
  })

  test('an app is seen to follow a collection, with what reached it and why', async () => {
    const { page } = desk
    box = createClient(`${server.url}/shop/dev`, key)
    const seen: unknown[] = []
    box
      .collection('notes')
      .orderBy('title')
      .subscribe(({ data }) => seen.push(data))
    await page.getByRole('link', { name: 'Realtime' }).click()
    const connections = page.getByRole('list', { name: 'Connections' })
    await connections.getByText('a visitor').waitFor()
    await picture(page, 'realtime')
    await checkAccessible(page)
    await page.getByLabel('Search', { exact: true }).fill('visitor')
    await connections.getByRole('button', { name: /notes\?order=title/ }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByText('doc.owner == auth.uid').first().waitFor()
    await ask('POST', '/data/notes', { title: 'For all', owner: 'ada' })
    await ask('POST', '/data/notes', { title: 'Secret', owner: 'ada' })
    const decisions = sheet.getByRole('list', { name: 'Decisions' })
    await decisions.getByText('sent', { exact: true }).first().waitFor()
    await decisions.getByText('hidden by policy').waitFor()
    await decisions
      .getByText(/policy: doc\.owner == auth\.uid/)
      .first()
      .waitFor()
    await picture(page, 'realtime-decisions')
    await checkAccessible(page)
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Pause' }).click()
    box.close()
    box = undefined
    await page.getByRole('button', { name: 'Go on' }).click()
    await connections.getByText('a visitor').waitFor({ state: 'detached' })
  })

  test('one watches a collection as somebody else', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Watch a collection' }).first().click()
    await page.getByLabel('As', { exact: true }).selectOption('user')
    await page.getByLabel('His id', { exact: true }).fill('ada')
    await page.getByRole('button', { name: 'Watch', exact: true }).click()
    await page.getByText('3 documents').waitFor()
    await ask('POST', '/data/notes', { title: 'Of Ada', owner: 'ada' })
    await ask('POST', '/data/notes', { title: 'Of Bob', owner: 'bob' })
    await page.getByRole('list', { name: 'What reached him' }).getByText('+ added').waitFor()
    await page.getByText('4 documents').waitFor()
    await page.getByRole('list', { name: 'Decisions' }).getByText('hidden by policy').first().waitFor()
    await picture(page, 'realtime-watch')
    await checkAccessible(page)
    await page.getByLabel('As', { exact: true }).selectOption('visitor')
    await page.getByLabel('Condition', { exact: true }).fill('doc.title ==')
    await page.getByRole('button', { name: 'Watch anew' }).click()
    await page.getByRole('alert').waitFor()
    await picture(page, 'realtime-watch-refused')
    await page.getByLabel('Condition', { exact: true }).fill('doc.owner == "ada"')
    await page.getByRole('button', { name: 'Watch anew' }).click()
    await page.getByText('2 documents').waitFor()
    assert.deepEqual(
      desk.complaints.filter(text => !/status of 4/.test(text)),
      [],
    )
  })

  test('on a phone, in the dark', async () => {
    const { page, context } = await openConsole(
      browser,
      server.url,
      '/projects/shop/dev',
      { email: owner.email, password },
      { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
    )
    await page.getByText('The first client').waitFor()
    await picture(page, 'home-phone')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    await page.getByRole('button', { name: 'Pages' }).click()
    await page.getByRole('link', { name: 'Realtime' }).click()
    await page.getByText('Of all servers').waitFor()
    await picture(page, 'realtime-phone')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    await context.close()
  })
})
