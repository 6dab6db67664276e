import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { serveAuthPage, type AuthPage } from './auth-page.ts'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'

describe('<cloudbox-auth> on a page with a strict policy', { timeout: 540_000 }, () => {
  const ending: (() => unknown)[] = []
  const seen = new Set<string>()
  let server: TestServer
  let browser: Browser
  let page: AuthPage
  let ada: Visitor

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    page = await serveAuthPage(server.environmentUrl, server.publishableKey)
    browser = await launchBrowser()
    ada = await visit(browser, page.url, { viewport: { width: 720, height: 860 } })
  })
  after(async () => {
    await browser?.close()
    await page?.stop()
    for (const work of ending) await work()
  })

  /** The link in the mail that came last, once it is there. */
  async function mailedLink(to: string): Promise<string> {
    for (;;) {
      const { body } = await server.request('GET', '/auth/mailbox/messages')
      const { messages } = body as { messages: { id: string; to: string; link: string | null }[] }
      const mail = messages.find(message => message.to === to && !seen.has(message.id))
      if (mail?.link) {
        seen.add(mail.id)
        return mail.link
      }
      await setTimeout(50)
    }
  }

  test('a sign-up says what is missing, and mails a link', async () => {
    const { page } = ada
    await page.getByRole('button', { name: 'Create one' }).click()
    await page.getByRole('button', { name: 'Create account' }).click()
    const missing = page.getByText('Fill this in.')
    await missing.nth(1).waitFor()
    assert.equal(await missing.count(), 2)
    await page.getByLabel('Email').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    await page.getByRole('button', { name: 'Show password' }).click()
    assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('type'), 'text')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
    await picture(page, 'auth-link-sent')
  })

  test('the link, opened in another tab, signs all tabs in and leaves no code in the address', async () => {
    const tab = await ada.context.newPage()
    await tab.goto(await mailedLink('ada@example.com'))
    await tab.getByRole('button').click()
    await tab.getByText('Signed in as ada@example.com').waitFor()
    assert.equal(new URL(tab.url()).search, '')
    await ada.page.getByText('Signed in as ada@example.com').waitFor()
    assert.ok((await heard(ada.page)).includes('signed-in ada@example.com'))
    assert.deepEqual(await heard(tab), ['INITIAL_SESSION', 'SIGNED_IN', 'signed-in ada@example.com'])
    await tab.close()
  })

  test('a reload keeps the session, and signing out in one tab does in the other', async () => {
    const { page, context } = ada
    await page.reload()
    await page.getByText('Signed in as ada@example.com').waitFor()
    const other = await context.newPage()
    await other.goto(page.url())
    await other.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await other.close()
  })

  test('a wrong password says so, and the fields keep what was typed', async () => {
    const { page } = ada
    await page.getByLabel('Email').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill('wrong horse')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('Email or password is wrong.').waitFor()
    assert.equal(await page.getByLabel('Email').inputValue(), 'ada@example.com')
    await page.waitForFunction(
      () => document.querySelector('cloudbox-auth')!.shadowRoot!.activeElement?.id === 'password',
    )
    await picture(page, 'auth-wrong-password')
  })

  test('a forgotten password is set anew by the mailed link', async () => {
    const { page } = ada
    await page.getByRole('button', { name: 'Forgot password?' }).click()
    await page.getByRole('button', { name: 'Send link' }).click()
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor()
    await page.goto(await mailedLink('ada@example.com'))
    await page.getByRole('button').click()
    await page.getByLabel('New password').fill('another horse')
    await page.getByRole('button', { name: 'Save password' }).click()
    await page.getByText('Signed in as ada@example.com').waitFor()
    assert.ok((await heard(page)).includes('PASSWORD_RECOVERY'))
  })

  test('tabs refresh one after another: one asks, and all have the same token', async () => {
    const { page, context } = ada
    const tabs = [page, await context.newPage(), await context.newPage()]
    await Promise.all(tabs.slice(1).map(tab => tab.goto(page.url())))
    const asking = new Set<Page>()
    const allHaveBegun = Promise.withResolvers<void>()
    await context.route('**/auth/refresh', async route => {
      asking.add(route.request().frame().page())
      await allHaveBegun.promise
      await route.continue()
    })
    for (const tab of tabs)
      await tab.evaluate(() => {
        const { box } = globalThis as unknown as { box: import('@cloudbox/client').Client }
        // Not awaited: the others begin while this one waits for its answer.
        Object.assign(globalThis, { refreshing: box.auth.refreshSession() })
      })
    allHaveBegun.resolve()
    const tokens = await Promise.all(
      tabs.map(tab =>
        tab.evaluate(async () => {
          const { refreshing } = globalThis as unknown as {
            refreshing: ReturnType<import('@cloudbox/client').Client['auth']['refreshSession']>
          }
          return (await refreshing).data?.session.refreshToken
        }),
      ),
    )
    assert.equal(new Set(tokens).size, 1)
    assert.ok(tokens[0])
    assert.equal(asking.size, 1)
  })

  test('a provider is a redirect away, and says when it was cancelled', async () => {
    const eve = await visit(browser, page.url, { viewport: { width: 390, height: 860 }, colorScheme: 'dark' })
    await provider(eve.page).first().waitFor()
    await picture(eve.page, 'auth-providers')
    await provider(eve.page).first().click()
    await eve.page.locator('#deny').click()
    await eve.page.getByRole('alert').getByText('You cancelled the sign-in.').waitFor()
    assert.equal(new URL(eve.page.url()).search, '')
    await provider(eve.page).first().click()
    await eve.page.locator('#people button').first().click()
    await eve.page.getByText('Signed in as').waitFor()
    assert.equal(new URL(eve.page.url()).search, '')
    await eve.context.close()
  })

  test('a provider in a window of its own leaves the page where it is', async () => {
    const { page: tab, context } = await visit(browser, page.url)
    await tab.evaluate(() => document.querySelector('cloudbox-auth')!.setAttribute('popup', ''))
    const [popup] = await Promise.all([tab.waitForEvent('popup'), provider(tab).first().click()])
    const closed = popup.waitForEvent('close')
    await popup.locator('#people button').first().click()
    await closed
    await tab.getByText('Signed in as').waitFor()
    const identities = await tab.evaluate(async () => {
      const { box } = globalThis as unknown as { box: import('@cloudbox/client').Client }
      return (await box.auth.identities()).data
    })
    assert.equal(identities?.length, 1)
    await context.close()
  })

  test('a passkey is made, signs in by its button, and is filled into the field for the address', async () => {
    const body = { email: 'pia@example.com', password: 'correct horse', emailVerified: true }
    await server.request('POST', '/auth/users', { body })
    const { page: tab, context } = await visit(browser, page.url)
    await addDevice(tab)
    await tab.getByLabel('Email').fill(body.email)
    await tab.getByLabel('Password', { exact: true }).fill(body.password)
    await tab.keyboard.press('Enter')
    await tab.getByText('Signed in as pia@example.com').waitFor()
    const made = await tab.evaluate(async () => {
      const { box } = globalThis as unknown as { box: import('@cloudbox/client').Client }
      return box.auth.passkeys.register({ name: 'Laptop' })
    })
    assert.equal(made.data?.name, 'Laptop', made.error?.message)

    // A browser that fills in none: the button is left.
    await tab.evaluate(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false
    })
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await tab.getByRole('button', { name: 'Passkey' }).waitFor()
    await picture(tab, 'auth-passkey')
    await tab.getByRole('button', { name: 'Passkey' }).click()
    await tab.getByText('Signed in as pia@example.com').waitFor()
    assert.deepEqual(await howProved(tab), { aal: 2, methods: ['passkey'] })
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await tab.getByRole('button', { name: 'Passkey' }).waitFor()

    // Nothing is clicked: the browser offers it, and the device is touched at once.
    await tab.reload()
    await tab.getByText('Signed in as pia@example.com').waitFor()
    assert.deepEqual(await heard(tab), ['INITIAL_SESSION', 'SIGNED_IN', 'signed-in pia@example.com'])
    await context.close()
  })

  test('nothing was complained about, the policy of the page least of all', () => {
    const { complaints } = ada
    assert.deepEqual(
      complaints.filter(text => !text.includes('status of 400') && !text.includes('status of 404')),
      [],
    )
  })
})

function provider(page: Page) {
  return page.getByRole('button', { name: /Continue with/ })
}

/** A device that keeps passkeys and knows its user. */
async function addDevice(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

function howProved(page: Page) {
  return page.evaluate(async () => {
    const { box } = globalThis as unknown as { box: import('@cloudbox/client').Client }
    const devices = (await box.auth.sessions.list()).data!
    const { aal, methods } = devices.find(({ current }) => current)!
    return { aal, methods }
  })
}

function heard(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)
}
