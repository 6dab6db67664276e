import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { totp } from '@cloudbox/server/modules/auth/factors/totp'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'

const password = 'tea and toast at ten'
const owner = 'ada@example.com'
const viewer = 'vera@example.com'

describe('teams', { timeout: 180_000 }, () => {
  let server: TestServer
  let browser: Browser
  let desk: Visitor
  let phone: Visitor
  const ending: (() => unknown)[] = []

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })

  /** Asks the management API as who is signed in on a page. */
  const ask = (page: Page, method: string, path: string, body?: unknown) =>
    page.evaluate(
      async ({ method, path, body }) => {
        const { accessToken } = JSON.parse(sessionStorage.getItem('cloudbox-operator')!)
        const response = await fetch(path, {
          method,
          headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await response.text()
        return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
      },
      { method, path, body },
    )
  const isNarrowEnough = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

  test('half a link, or one that is not the newest, says so', async () => {
    const { page } = await visit(browser, `${server.url}/v1/platform/set-up`)
    await page.getByRole('heading', { name: 'This is half of the link' }).waitFor()
    await page.goto(`${server.url}/v1/platform/set-up#old`)
    await page.reload()
    for (const [label, text] of Object.entries({ 'Your name': 'Ada', 'E-mail': owner, Password: password }))
      await page.getByLabel(label).fill(text)
    await page.getByLabel('Organisation').fill('test')
    await page.getByRole('button', { name: 'Become the owner' }).click()
    await page.getByRole('alert').getByText('platform/link-invalid').waitFor()
    await page.context().close()
  })

  test('the set-up link makes the owner, and says what is wrong at its field', async () => {
    const token = await server.server().platform.makeSetUpToken()
    const url = `${server.url}/v1/platform/set-up#${token}`
    phone = await visit(browser, url, { colorScheme: 'dark', viewport: { width: 390, height: 844 } })
    await phone.page.getByLabel('Your name').waitFor()
    await picture(phone.page, 'teams-set-up-phone')
    assert.ok(await isNarrowEnough(phone.page))
    await phone.context.close()

    desk = await visit(browser, url)
    const { page } = desk
    const become = page.getByRole('button', { name: 'Become the owner' })
    await become.click()
    assert.equal(await page.getByText('This is needed.').count(), 4)
    assert.ok(await page.getByLabel('Your name').evaluate(input => input === document.activeElement))
    await page.getByLabel('Your name').fill('Ada Lovelace')
    await page.getByLabel('E-mail').fill('ada')
    await page.getByLabel('Password').fill('short')
    await page.getByLabel('Organisation').fill('test')
    await become.click()
    await page.getByText('This is not an e-mail address.').waitFor()
    await page.getByLabel('E-mail').fill(owner)
    await become.click()
    await page.getByText(/It has 5 characters; at least 8 are needed/).waitFor()
    await picture(page, 'teams-set-up-mistake')
    await page.getByLabel('Password').fill(password)
    await page.getByLabel('Organisation').fill('Not A Name')
    await become.click()
    await page.getByText(/cannot be the name of an organisation/).waitFor()
    await page.getByLabel('Organisation').fill('test')
    await become.click()
    await page.getByRole('heading', { name: 'It is yours' }).waitFor()
    assert.equal(new URL(page.url()).hash, '')
    await picture(page, 'teams-set-up-done')
    // A refused request is the point of this test.
    desk.complaints.length = 0

    const late = await visit(browser, url)
    await late.page.getByRole('heading', { name: 'This CloudBox has an owner' }).waitFor()
    await late.context.close()
  })

  test('the owner signs out and in again, and a wrong password is told at its field', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Go to your home page' }).click()
    await page.getByRole('heading', { name: 'test', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to CloudBox' }).waitFor()
    await page.getByLabel('E-mail').fill(owner)
    await page.getByLabel('Password').fill('not my password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('No account has this e-mail address and password.').waitFor()
    await picture(page, 'teams-sign-in')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'test', level: 1 }).waitFor()
    await page.getByText(`${server.url}/test/dev`, { exact: true }).waitFor()
    desk.complaints.length = 0
  })

  test('the owner invites a viewer, who finds the link in the mailbox and joins', async () => {
    const { page } = desk
    await page.getByLabel('E-mail').fill(viewer)
    await page.getByRole('combobox', { name: 'Role' }).selectOption('viewer')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByText(`A link is on its way to ${viewer}.`).waitFor()
    await page.getByRole('button', { name: `Send again to ${viewer}` }).waitFor()
    await picture(page, 'teams-invited')

    phone = await visit(browser, `${server.url}/_platform/production/v1/auth/mailbox`, {
      colorScheme: 'dark',
      viewport: { width: 390, height: 844 },
    })
    await phone.page.getByRole('link', { name: new RegExp(viewer) }).click()
    const opened = phone.context.waitForEvent('page')
    await phone.page.frameLocator('iframe').getByRole('link', { name: 'Accept the invitation' }).click()
    const joining = await opened
    await joining.getByRole('heading', { name: 'Join test' }).waitFor()
    await joining.getByText('viewer', { exact: true }).waitFor()
    assert.equal(await joining.getByLabel('E-mail').inputValue(), viewer)
    await picture(joining, 'teams-join-phone')
    const link = joining.url()
    await joining.getByLabel('Your name').fill('Vera Rubin')
    await joining.getByLabel('Password').fill(password)
    await joining.getByRole('button', { name: 'Join' }).click()
    await joining.getByRole('heading', { name: 'Welcome to test' }).waitFor()
    await phone.page.close()
    phone = { ...phone, page: joining }

    const again = await visit(browser, link)
    await again.page.getByRole('heading', { name: 'This invitation is not good any more' }).waitFor()
    await picture(again.page, 'teams-join-used')
    await again.context.close()
  })

  test('the viewer signs in, sees the project and cannot change a thing', async () => {
    const { page } = phone
    await page.getByRole('link', { name: 'Go to your home page' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to CloudBox' }).waitFor()
    await page.getByLabel('E-mail').fill(viewer)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(`${server.url}/test/dev`, { exact: true }).waitFor()
    await page.getByText('Ada Lovelace').waitFor()
    await picture(page, 'teams-viewer-phone')
    assert.ok(await isNarrowEnough(page))
    for (const name of [/Remove/, /Invite/, /Send again/, /Take back/])
      assert.equal(await page.getByRole('button', { name }).count(), 0, String(name))
    assert.equal(await page.getByRole('combobox').count(), 0)
    assert.deepEqual(await page.getByRole('heading', { level: 2 }).allTextContents(), ['Projects', 'Members'])

    const tries: [method: string, path: string, body?: unknown][] = [
      ['POST', '/v1/platform/organisations/test/invitations', { email: 'eve@example.com', role: 'viewer' }],
      ['POST', '/v1/platform/organisations/test/projects', { name: 'mine' }],
      ['DELETE', '/v1/platform/projects/test?confirm=test'],
      ['GET', '/v1/platform/organisations/test/audit'],
      ['POST', '/test/dev/v1/data/$collections', { name: 'mine', fields: {} }],
    ]
    for (const [method, path, body] of tries) {
      const { status, body: told } = await ask(page, method, path, body)
      assert.deepEqual([status, told.code], [403, 'platform/not-allowed'], `${method} ${path}`)
      assert.match(told.hint, /owner or admin/)
    }
    assert.equal((await ask(page, 'GET', '/test/dev/v1/data/$collections')).status, 200)
  })

  test('the owner changes and removes a member; what is refused is told with its code', async () => {
    const { page } = desk
    await ask(page, 'POST', '/v1/platform/organisations/test/projects', {
      name: 'web-shop',
      title: 'Web shop',
    })
    for (const [name, dev] of Object.entries({ production: false, staging: false, dev: true }))
      await ask(page, 'POST', '/v1/platform/projects/web-shop/environments', { name, dev })
    await page.reload()
    const role = page.getByLabel(`Role of ${viewer}`)
    await role.selectOption('developer')
    await page.getByText('Vera Rubin has the role Developer now.').waitFor()
    // The audit follows what is done on the page.
    await page.getByText('member.changed').waitFor()
    await picture(page, 'teams-home')
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
    await picture(page, 'teams-home-end')
    await page.evaluate(() => scrollTo(0, 0))
    await page.getByRole('button', { name: 'Light or dark' }).click()
    await picture(page, 'teams-home-dark')

    // Somebody else has taken the last owner's role away meanwhile: what the page still offers is refused, and said.
    const me = await ask(page, 'GET', '/v1/platform/me')
    const { members } = (await ask(page, 'GET', '/v1/platform/organisations/test/members')).body
    const vera = members.find(({ email }: { email: string }) => email === viewer)
    const change = (id: string, to: string) =>
      ask(page, 'PATCH', `/v1/platform/organisations/test/members/${id}`, { role: to })
    assert.equal((await change(vera.id, 'owner')).status, 204)
    assert.equal((await change(me.body.id, 'admin')).status, 204)
    await page.getByRole('button', { name: `Remove ${viewer}` }).click()
    await page.getByRole('button', { name: `Really remove? ${viewer}` }).click()
    await page.getByRole('alert').getByText('platform/not-allowed').waitFor()
    await picture(page, 'teams-refused')
    await page.reload()
    await page.getByText('Vera Rubin').waitFor()
    assert.equal(await page.getByRole('button', { name: `Remove ${viewer}` }).count(), 0)
  })

  test('everything can be done with the keyboard, and a session that has ended says so', async () => {
    const { page } = desk
    const { body } = await ask(page, 'GET', '/v1/platform')
    // As another device of his would: the page still believes to be signed in.
    await page.evaluate(async ({ path, publishableKey }) => {
      const { accessToken } = JSON.parse(sessionStorage.getItem('cloudbox-operator')!)
      await fetch(`${path}/v1/auth/sign-out`, {
        method: 'POST',
        headers: {
          apikey: publishableKey,
          authorization: `Bearer ${accessToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ scope: 'global' }),
      })
    }, body.accounts)
    await page.getByRole('button', { name: /^Leave/ }).click()
    await page.getByRole('button', { name: /^Really leave/ }).click()
    await page.getByText('Your session has ended. Sign in again.').waitFor()
    await page.keyboard.type(owner)
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'test', level: 1 }).waitFor()
  })

  test('who has a second factor is asked for it', async () => {
    const { page } = desk
    const { secret, weakToken } = await addFactor(server, owner)
    // Without it a password alone would open everything the page does.
    const weak = await fetch(`${server.url}/v1/platform/me`, {
      headers: { authorization: `Bearer ${weakToken}` },
    })
    assert.deepEqual([weak.status, (await weak.json()).code], [403, 'auth/step-up-needed'])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to CloudBox' }).waitFor()
    await page.getByLabel('E-mail').fill(owner)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const code = page.getByLabel('Second factor')
    await code.fill('000000')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page
      .getByText(/^The code is wrong/)
      .or(page.getByText(/wrong/))
      .first()
      .waitFor()
    await picture(page, 'teams-second-factor')
    assert.equal(await page.evaluate(() => sessionStorage.getItem('cloudbox-operator')), null)
    await code.fill(totp(secret, stepNow()))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'test', level: 1 }).waitFor()
  })
})

const stepNow = () => Math.floor(Date.now() / 30_000)

/** Gives an operator an authenticator app, set up with the code of the step before: the next ones are still good. */
async function addFactor(
  { url }: TestServer,
  email: string,
): Promise<{ readonly secret: Buffer; readonly weakToken: string }> {
  const { accounts } = await (await fetch(`${url}/v1/platform`)).json()
  const post = async (path: string, body: object, token?: string) => {
    const response = await fetch(`${url}${accounts.path}/v1/auth${path}`, {
      method: 'POST',
      headers: {
        apikey: accounts.publishableKey,
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    assert.ok(response.ok, `${path}: ${response.status}`)
    return response.json()
  }
  const { accessToken } = await post('/sign-in', { email, password })
  const { id, secret } = await post('/factors', { kind: 'totp' }, accessToken)
  const bytes = fromBase32(secret)
  await post(`/factors/${id}/verify`, { code: totp(bytes, stepNow() - 1) }, accessToken)
  const { accessToken: weakToken } = await post('/sign-in', { email, password })
  return { secret: bytes, weakToken }
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map(letter =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  return Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map(byte => Number.parseInt(byte, 2)),
  )
}
