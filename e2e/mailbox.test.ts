import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'

describe('the mailbox of a dev environment', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let desk: Visitor
  let phone: Visitor
  const ending: (() => unknown)[] = []

  const signUp = (email: string, language: string) =>
    server.request('POST', '/auth/sign-up', {
      body: { email, password: 'tea and toast at ten' },
      headers: { apikey: server.publishableKey, 'accept-language': language },
    })

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    browser = await launchBrowser()
    const url = `${server.environmentUrl}/v1/auth/mailbox`
    desk = await visit(browser, url)
    phone = await visit(browser, url, { colorScheme: 'dark', viewport: { width: 390, height: 844 } })
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })

  test('an empty one says what comes here and how', async () => {
    for (const { page } of [desk, phone]) await page.getByRole('heading', { name: 'No mail yet' }).waitFor()
    await picture(desk.page, 'mailbox-empty')
  })

  test('a mail comes by itself, in the language of who gets it, and its link is the one of the account', async () => {
    assert.equal((await signUp('ada@example.com', 'de-AT,en;q=0.5')).status, 200)
    const { page } = desk
    const mail = page.frameLocator('iframe')
    await mail.getByRole('heading', { name: /^Willkommen bei/ }).waitFor()
    const [button, open] = [
      mail.getByRole('link', { name: 'Adresse bestätigen' }),
      page.getByRole('link', { name: 'Open the link' }),
    ]
    const href = await open.getAttribute('href')
    assert.equal(await button.getAttribute('href'), href)
    assert.ok(href?.startsWith(`${server.environmentUrl}/v1/auth/confirm?token=`), href ?? '')
    await picture(page, 'mailbox-mail')

    const opened = page.context().waitForEvent('page')
    await button.click()
    await (await opened).waitForURL(href!)
  })

  test('a newer one is shown at once; one that was chosen stays', async () => {
    const { page } = desk
    await signUp('bob@example.com', 'en')
    await page
      .frameLocator('iframe')
      .getByRole('heading', { name: /^Welcome to/ })
      .waitFor()
    await page.getByRole('link', { name: /ada@example.com/ }).click()
    await page
      .frameLocator('iframe')
      .getByRole('heading', { name: /^Willkommen/ })
      .waitFor()
    await signUp('eve@example.com', 'en')
    await page.getByRole('link', { name: /eve@example.com/ }).waitFor()
    await page
      .frameLocator('iframe')
      .getByRole('heading', { name: /^Willkommen/ })
      .waitFor()
    assert.match(await page.title(), /^\(1\) /)
  })

  test('on a phone the list leads to the mail and back', async () => {
    const { page } = phone
    await page.getByRole('link', { name: /ada@example.com/ }).click()
    await page
      .frameLocator('iframe')
      .getByRole('heading', { name: /^Willkommen/ })
      .waitFor()
    await picture(page, 'mailbox-phone')
    await page.getByRole('link', { name: 'All mails' }).click()
    await page.getByRole('link', { name: /bob@example.com/ }).waitFor()
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  })

  test('no script of a mail runs, and none of its markup reaches the page', async () => {
    const html = `<script>parent.document.title = document.title = 'taken'</script>
      <img src="x" onerror="parent.document.title = 'taken'"><h1>{{ email }}</h1><a href="{{ link }}">go</a>`
    const written = await server.request('PUT', '/auth/mail-templates/verify-email?language=fr', {
      body: { subject: '<b onclick="1">{{ email }}</b>', html, text: '{{ link }}' },
    })
    assert.equal(written.status, 200)
    await signUp('zoe@example.com', 'fr')
    const { page } = desk
    await page.getByRole('link', { name: /zoe@example.com/ }).click()
    await page.frameLocator('iframe').getByRole('heading', { name: 'zoe@example.com' }).waitFor()
    await page.getByRole('heading', { name: '<b onclick="1">zoe@example.com</b>' }).waitFor()
    assert.doesNotMatch(await page.title(), /taken/)
    assert.ok(desk.complaints.some(text => text.includes('Blocked script execution')))
    desk.complaints.length = 0
  })

  test('two clicks empty it', async () => {
    const { page } = desk
    await page.getByRole('button', { name: 'Delete all' }).click()
    await page.getByRole('button', { name: 'Really delete all?' }).click()
    for (const { page: each } of [desk, phone])
      await each.getByRole('heading', { name: 'No mail yet' }).waitFor()
    assert.deepEqual([...desk.complaints, ...phone.complaints], [])
  })
})
