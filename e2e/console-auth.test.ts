import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Locator, Response } from 'playwright-core'
import { join, password, setUpOwner, type TestOperator } from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, type Visitor } from './browser.ts'
import { checkAccessible, confirmByName, isNarrowEnough, openConsole } from './console.ts'

describe('accounts in the console', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let owner: TestOperator
  let desk: Visitor
  let eva: string
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
    const { key } = (await owner.ask('POST', '/projects/shop/environments/dev/keys', { kind: 'publishable' }))
      .body as { key: string }
    const users = Array.from({ length: 60 }, (_, n) => ({
      email: `user-${n}@example.com`,
      name: `User ${n}`,
    }))
    await ask('POST', '/auth/users/import', { users })
    const made: { id: string } = await ask('POST', '/auth/users', {
      email: 'eva@example.com',
      name: 'Eva',
      password,
      identities: [{ provider: 'github', subject: '4711' }],
    })
    eva = made.id
    await ask('PATCH', `/auth/users/${eva}`, { emailVerified: true })
    const headers = { apikey: key, 'content-type': 'application/json' }
    const signedIn = await fetch(`${server.url}/shop/dev/v1/auth/sign-in`, {
      method: 'POST',
      headers: {
        ...headers,
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
      body: JSON.stringify({ email: 'eva@example.com', password }),
    })
    const { accessToken } = (await signedIn.json()) as { accessToken: string }
    await fetch(`${server.url}/shop/dev/v1/auth/factors`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ kind: 'totp', name: 'Phone' }),
    })
    await ask('PATCH', `/auth/users/${eva}`, { emailVerified: false })
    browser = await launchBrowser()
    desk = await openConsole(browser, server.url, '/projects/shop/dev/auth', { email: owner.email, password })
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })
  const tab = async (name: string) => {
    await desk.page.keyboard.press('Escape')
    const tabs = desk.page.getByRole('navigation', { name: 'Auth' })
    await tabs.getByRole('link', { name, exact: true }).click()
  }

  test('users come in pages, are searched and made', async () => {
    const { page } = desk
    const rows = page.getByRole('list', { name: 'Users' }).getByRole('listitem')
    await rows.nth(49).waitFor()
    await page.getByRole('button', { name: 'Show more' }).click()
    await rows.nth(60).waitFor()
    await page.getByLabel('Search users', { exact: true }).fill('user-17')
    await rows.nth(1).waitFor({ state: 'detached' })
    assert.match(await rows.first().innerText(), /User 17/)
    await page.getByLabel('Search users', { exact: true }).fill('')
    await rows.nth(49).waitFor()
    await picture(page, 'auth-users')
    await checkAccessible(page)

    await page.getByRole('button', { name: 'New user' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('E-mail', { exact: true }).fill('eva@example.com')
    await dialog.getByRole('button', { name: 'Make' }).click()
    await dialog.getByText('auth/account-exists').waitFor()
    await dialog.getByLabel('E-mail', { exact: true }).fill('zoe@example.com')
    await dialog.getByRole('button', { name: 'Make' }).click()
    await page.getByRole('dialog', { name: 'zoe@example.com' }).waitFor()
    await page.keyboard.press('Escape')
    desk.complaints.length = 0
  })

  test('all about a user: ways in, factors, devices; roles count at once', async () => {
    const { page } = desk
    await page.getByLabel('Search users', { exact: true }).fill('eva@')
    await page.getByRole('button', { name: /Eva/ }).click()
    const sheet = page.getByRole('dialog', { name: 'Eva' })
    for (const text of ['A password', 'Authenticator app Phone', 'Firefox 140 on Linux', 'One session'])
      await sheet.getByText(text).first().waitFor()
    await sheet.getByText('github').waitFor()
    await picture(page, 'auth-user')
    await checkAccessible(page)
    await sheet.getByLabel('Claims', { exact: true }).fill('{plan')
    await sheet.getByText(/^This is no JSON/).waitFor()
    await sheet.getByLabel('Claims', { exact: true }).fill('{"plan": "pro"}')
    await sheet.getByLabel('Role', { exact: true }).fill('editor')
    await sheet.getByRole('button', { name: 'Save' }).click()
    await page.getByText('It counts at once').waitFor()
    const { role, claims }: { role: string; claims: unknown } = await ask('GET', `/auth/users/${eva}`)
    assert.deepEqual([role, claims], ['editor', { plan: 'pro' }])
  })

  test('a user is verified, acted as, his factors reset, signed out, banned and removed', async () => {
    const { page } = desk
    const sheet = page.getByRole('dialog', { name: 'Eva' })
    await sheet.getByRole('button', { name: 'Verify the e-mail' }).click()
    await sheet.getByText('e-mail verified').waitFor()
    await sheet.getByRole('button', { name: 'Impersonate …' }).click()
    const acting = page.getByRole('dialog', { name: 'Act as Eva' })
    await acting.getByLabel('Reason', { exact: true }).fill('Ticket 7')
    await acting.getByRole('button', { name: 'Open the session' }).click()
    await sheet.getByText('A session as him, shown once').waitFor()
    const token = await sheet.getByText(/^ey/).first().innerText()
    const me = await fetch(`${server.url}/shop/dev/v1/auth/user`, {
      headers: { apikey: server.publishableKey, authorization: `Bearer ${token}` },
    })
    // The key is of another environment: that the token is one is enough.
    assert.ok(me.status === 401 || me.status === 200)
    await sheet.getByText('impersonated', { exact: true }).first().waitFor()
    await picture(page, 'auth-impersonated')
    await sheet.getByRole('button', { name: 'I have it' }).click()
    await sheet.getByRole('button', { name: 'Reset factors …' }).click()
    await confirmByName(page, 'eva@example.com', 'Reset')
    await sheet.getByText('None.').waitFor()
    await sheet.getByRole('button', { name: 'Sign out everywhere …' }).click()
    await confirmByName(page, 'eva@example.com', 'Sign out')
    await sheet.getByText('0 sessions').waitFor()
    await sheet.getByRole('button', { name: 'Ban …' }).click()
    await page
      .getByRole('dialog', { name: 'Ban Eva' })
      .getByRole('button', { name: 'Ban', exact: true })
      .click()
    await sheet.getByText(/^banned until/).waitFor()
    await sheet.getByRole('button', { name: 'Lift the ban' }).click()
    await sheet.getByRole('button', { name: 'Remove …' }).click()
    await picture(page, 'auth-remove')
    await confirmByName(page, 'eva@example.com', 'Remove')
    await page.getByText('Nobody fits eva@.').waitFor()
    assert.equal((await owner.askIn('shop/dev', 'GET', `/auth/users/${eva}`)).status, 404)
    desk.complaints.length = 0
  })

  test('a provider is set up, and tried in a window that tells what comes of it', async () => {
    const { page } = desk
    await tab('Providers')
    await page.getByRole('list', { name: 'All others' }).getByText('Google', { exact: true }).waitFor()
    await picture(page, 'auth-providers')
    await checkAccessible(page)
    await page.getByLabel('Search providers', { exact: true }).fill('discord')
    await page.getByRole('button', { name: /Discord/ }).click()
    const sheet = page.getByRole('dialog', { name: 'Discord' })
    await sheet.getByText(`${server.url}/shop/dev/v1/auth/callback/discord`).waitFor()
    await picture(page, 'auth-provider')
    await checkAccessible(page)
    // Without a client, made-up people stand in here.
    const opening = page.context().waitForEvent('page')
    await sheet.getByRole('button', { name: 'Test sign-in' }).click()
    const popup = await opening
    await popup.getByRole('button').first().click()
    await popup.getByRole('heading', { name: 'Discord works' }).waitFor()
    await picture(popup, 'auth-provider-works')
    await popup.close()

    await sheet.getByLabel('Client id', { exact: true }).fill('4711')
    await sheet.getByLabel('Client secret', { exact: true }).fill('hush-of-discord')
    await sheet.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('list', { name: 'In use' }).getByText('ready').waitFor()
    const { providers }: { providers: Record<string, { clientId: string; clientSecret: string }> } =
      await ask('GET', '/auth/settings')
    assert.deepEqual([providers['discord']?.clientId, providers['discord']?.clientSecret], ['4711', '•••'])
    // A secret that nobody touched stays.
    await sheet.getByLabel('Users may sign in with it', { exact: true }).uncheck()
    await sheet.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('list', { name: 'In use' }).getByText('switched off').waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel('Search providers', { exact: true }).fill('acme')
    await page.getByText('No provider is called acme.').waitFor()
    await page.getByRole('button', { name: 'Another' }).click()
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Acme')
    await page.getByRole('dialog').getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('dialog', { name: 'Acme' }).getByLabel('Issuer', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
  })

  test('settings: what changes is said, what is wrong is told at its field', async () => {
    const { page } = desk
    await tab('Settings')
    const saved = (form: Locator) => {
      const isSaving = (answer: Response) =>
        answer.url().endsWith('/auth/settings') && answer.request().method() !== 'GET'
      return Promise.all([page.waitForResponse(isSaving), form.getByRole('button', { name: 'Save' }).click()])
    }
    const ways = page.getByRole('form', { name: 'Ways in' })
    await ways.getByLabel('Anonymous', { exact: true }).check()
    await ways.getByRole('button', { name: 'Save' }).click()
    await page.getByText('All requests that follow obey.').waitFor()
    const addresses = page.getByRole('form', { name: 'Addresses' })
    await addresses.getByLabel('Allowed redirects', { exact: true }).fill('https://shop.example/*\nnonsense')
    await addresses.getByRole('button', { name: 'Save' }).click()
    await addresses.locator('textarea[aria-invalid=true]').waitFor()
    await picture(page, 'auth-settings-mistake')
    await addresses.getByLabel('Allowed redirects', { exact: true }).fill('https://shop.example/*')
    await addresses.getByRole('button', { name: 'Save' }).click()
    await addresses.locator('textarea[aria-invalid=true]').waitFor({ state: 'detached' })
    const passwords = page.getByRole('form', { name: 'Passwords' })
    await passwords.getByLabel('Shortest', { exact: true }).fill('12')
    await passwords.getByLabel('digit', { exact: true }).check()
    await saved(passwords)
    const limits = page.getByRole('form', { name: 'Rate limits' })
    await limits.getByLabel('Sign-ins', { exact: true }).fill('15')
    await saved(limits)
    const captcha = page.getByRole('form', { name: 'Captcha' })
    await captcha.getByLabel('Service', { exact: true }).selectOption('turnstile')
    await captcha.getByLabel('Site key', { exact: true }).fill('site')
    await captcha.getByLabel('Secret', { exact: true }).fill('hush')
    await captcha.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Who signs up has to solve it from now on.').waitFor()
    const settings: Record<string, unknown> = await ask('GET', '/auth/settings')
    assert.deepEqual(
      [
        settings['anonymous'],
        settings['redirectUrls'],
        settings['passwordMinLength'],
        settings['passwordRequires'],
      ],
      [true, ['https://shop.example/*'], 12, ['digit']],
    )
    assert.equal((settings['rateLimits'] as { signIn: number }).signIn, 15)
    assert.deepEqual(settings['captcha'], { provider: 'turnstile', siteKey: 'site', secret: '•••' })
    await picture(page, 'auth-settings')
    await checkAccessible(page)
    desk.complaints.length = 0
  })

  test('a mail is written, seen while it is written, sent to try it and found in the mailbox', async () => {
    const { page } = desk
    await tab('Mails')
    await page.getByRole('button', { name: /Sign in by a link/ }).click()
    const sheet = page.getByRole('dialog', { name: 'Sign in by a link' })
    await sheet.frameLocator('iframe').getByRole('link').first().waitFor()
    await picture(page, 'auth-mail')
    await sheet.getByLabel('Subject', { exact: true }).fill('Come in, {{ email }}')
    await sheet.getByText('Come in, ada@example.com').waitFor()
    await sheet.getByLabel('Subject', { exact: true }).fill('Come in, {{ nonsense }}')
    await sheet.getByText('auth/invalid-template').waitFor()
    await sheet.getByLabel('Subject', { exact: true }).fill('Come in, {{ email }}')
    await sheet.getByText('auth/invalid-template').waitFor({ state: 'detached' })
    await sheet.getByRole('button', { name: 'Save' }).click()
    await sheet.getByText('your words').waitFor()
    await sheet.getByRole('button', { name: 'Dark' }).click()
    await picture(page, 'auth-mail-dark')
    await checkAccessible(page)
    await sheet.getByRole('button', { name: 'Send a test' }).click()
    await page
      .getByRole('dialog', { name: 'Send a test' })
      .getByRole('button', { name: 'Send', exact: true })
      .click()
    await page.getByText('It lies in the mailbox.').waitFor()
    await page.keyboard.press('Escape')
    await tab('Mailbox')
    await page.getByRole('button', { name: /Come in, owner@example.com/ }).click()
    await page.getByRole('dialog').frameLocator('iframe').getByRole('link').first().waitFor()
    await picture(page, 'auth-mailbox')
    await page.keyboard.press('Escape')
    await checkAccessible(page)
    await page.getByRole('button', { name: 'Empty it' }).click()
    await confirmByName(page, 'dev', 'Empty it')
    await page.getByText('No mail yet').waitFor()
    assert.deepEqual(
      desk.complaints.filter(text => !/status of 422|Blocked script/.test(text)),
      [],
    )
  })

  test('a viewer looks, on a phone in the dark, and is told what it would take', async () => {
    const viewer = await join(server, owner, 'acme', 'vera@example.com', 'viewer')
    const { page, context, complaints } = await openConsole(
      browser,
      server.url,
      '/projects/shop/dev/auth',
      { email: viewer.email, password },
      { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
    )
    await page.getByRole('list', { name: 'Users' }).getByText('User 59', { exact: true }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'New user' }).count(), 0)
    await picture(page, 'auth-users-phone')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    await page.getByRole('button', { name: /User 59/ }).click()
    await page.getByRole('dialog').getByText('What policies see').waitFor()
    assert.equal(
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /Remove|Ban|Save/ })
        .count(),
      0,
    )
    await picture(page, 'auth-user-phone')
    await page.keyboard.press('Escape')
    await page.getByRole('navigation', { name: 'Auth' }).getByRole('link', { name: 'Settings' }).click()
    await page.getByText('accounts.change').first().waitFor()
    await picture(page, 'auth-settings-phone')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
