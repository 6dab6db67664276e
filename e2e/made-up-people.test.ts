import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'

describe('signing in with a provider that is stood in for', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let app: Server
  let appUrl: string
  let visitor: Visitor
  const ending: (() => unknown)[] = []
  const verifier = randomBytes(32).toString('base64url')

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    const codeChallenge = createHash('sha256').update(verifier).digest('base64url')
    app = createServer((_request, response) => {
      const button = (id: string) => {
        const query = new URLSearchParams({ provider: id, redirectTo: `${appUrl}/welcome`, codeChallenge })
        return `<a href="${server.environmentUrl}/v1/auth/authorize?${query}">Continue with ${id}</a>`
      }
      response
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><link rel="icon" href="data:,">${button('google')} ${button('github')}`)
    })
    await new Promise<void>(resolve => app.listen(0, '127.0.0.1', resolve))
    appUrl = `http://localhost:${(app.address() as AddressInfo).port}`
    browser = await launchBrowser()
    visitor = await visit(browser, appUrl)
  })
  after(async () => {
    await browser?.close()
    app?.close()
    for (const work of ending) await work()
  })

  /** What the app is told in its address. */
  const told = async (page: Page) => {
    await page.waitForURL(`${appUrl}/welcome?**`)
    return new URL(page.url()).searchParams
  }
  const open = async (page: Page, provider: string) => {
    await page.goto(appUrl)
    await page.getByRole('link', { name: `Continue with ${provider}` }).click()
    await page.getByRole('heading', { name: 'Who signs in to test?' }).waitFor()
  }

  test('one click on a person leads back into the app, signed in', async () => {
    const { page, complaints } = visitor
    await open(page, 'google')
    await page.getByText('Stand-in for Google').waitFor()
    await picture(page, 'people-light')
    await page.getByRole('button', { name: /Mara Lindqvist/ }).click()
    const code = (await told(page)).get('code')
    const { status, body } = await server.request('POST', '/auth/exchange', {
      body: { code, codeVerifier: verifier },
      headers: { apikey: server.publishableKey },
    })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal((body as { user: { email: string } }).user.email, 'mara@example.com')
    assert.deepEqual(complaints, [])
  })

  test('somebody of my own is remembered for the next time', async () => {
    const { page } = visitor
    await open(page, 'github')
    await page.getByText('Somebody else').click()
    await page.getByLabel('Name').fill('Grace Kim')
    await page.getByLabel('E-mail').fill('grace@example.org')
    await page.getByLabel('GitHub has verified this address').uncheck()
    await picture(page, 'people-own')
    await page.getByRole('button', { name: 'Sign in' }).click()
    assert.ok((await told(page)).get('code'))
    await open(page, 'github')
    await page.getByRole('button', { name: /Grace Kim.*not verified/ }).waitFor()
  })

  test('saying no tells the app why', async () => {
    const { page } = visitor
    await open(page, 'google')
    await page.getByRole('button', { name: /said no/ }).click()
    assert.equal((await told(page)).get('error'), 'auth/sign-in-cancelled')
  })

  test('it says how to use the real provider, on a phone and in the dark too', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const phone = { colorScheme, viewport: { width: 390, height: 844 } }
      const { page, context } = await visit(browser, appUrl, phone)
      await open(page, 'github')
      await picture(page, `people-phone-${colorScheme}`)
      await page.getByText('This is not GitHub').click()
      await page.getByText(`${server.environmentUrl}/v1/auth/callback/github`).waitFor()
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.equal(overflow, 0)
      await picture(page, `people-phone-${colorScheme}-real`)
      await context.close()
    }
    const { page, context } = await visit(browser, appUrl, { colorScheme: 'dark' })
    await open(page, 'google')
    await picture(page, 'people-dark')
    await context.close()
  })
})
