import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { totp } from '@cloudbox/server/modules/auth/factors/totp'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'
import { checkAccessible, choose, confirmByName, isNarrowEnough, signIn, signOut } from './console.ts'

const password = 'tea and toast at ten'
const owner = 'ada@example.com'
const viewer = 'vera@example.com'

describe('teams', { timeout: 540_000 }, () => {
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

  /** Asks any address of the server as somebody who has just signed in elsewhere. */
  const operator = async (email: string) => {
    const { accounts } = await (await fetch(`${server.url}/v1/platform`)).json()
    const { accessToken: token } = await (
      await fetch(`${server.url}${accounts.path}/v1/auth/sign-in`, {
        method: 'POST',
        headers: { apikey: accounts.publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      })
    ).json()
    const ask = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(server.url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    }
    return { accounts, token, ask }
  }

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
    const missing = page.getByText('This is needed.')
    await missing.nth(3).waitFor()
    assert.equal(await missing.count(), 4)
    await page.getByLabel('Your name').and(page.locator(':focus')).waitFor()
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

  test('the owner signs out and in again, and a wrong password is told', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Open the console' }).click()
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
    assert.equal(await page.evaluate(() => sessionStorage.getItem('cloudbox-operator')), null)
    await signOut(page)
    await signIn(page, { email: owner, password: 'not my password' })
    await page.getByText('auth/wrong-credentials').waitFor()
    await picture(page, 'teams-sign-in')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
    // The page that was before the console leads to it.
    await page.goto(`${server.url}/v1/platform/home`)
    await page.getByRole('link', { name: 'Members and audit' }).click()
    await page.getByRole('list', { name: 'Members' }).getByText('Ada Lovelace').waitFor()
    await page.getByText('Nobody is invited at the moment.').waitFor()
    desk.complaints.length = 0
  })

  test('the owner invites a viewer, who finds the link in the mailbox and joins', async () => {
    const { page } = desk
    await page.getByRole('button', { name: 'Invite' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('E-mail').fill(viewer)
    await dialog.getByLabel('Role').selectOption('viewer')
    await picture(page, 'teams-invite')
    await dialog.getByRole('button', { name: 'Invite' }).click()
    await page.getByText(`A link is on its way to ${viewer}.`).waitFor()
    await page.getByRole('button', { name: `Send again to ${viewer}` }).waitFor()
    await picture(page, 'teams-invited')
    await checkAccessible(page)

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

  test('the viewer sees the project and cannot change a thing', async () => {
    const { page } = phone
    await page.getByRole('link', { name: 'Open the console' }).click()
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'New project' }).count(), 0)
    await page.getByRole('link', { name: 'Members and audit' }).click()
    await page.getByText('Ada Lovelace').waitFor()
    await picture(page, 'teams-viewer-phone')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    for (const name of [/Invite/, /Send again/, /Take back/])
      assert.equal(await page.getByRole('button', { name }).count(), 0, String(name))
    assert.equal(await page.getByRole('combobox').count(), 0)
    const tabs = page.getByRole('navigation', { name: 'Organisation' }).getByRole('link')
    assert.deepEqual(await tabs.allInnerTexts(), ['Members', 'Roles', 'Settings'])

    const { ask } = await operator(viewer)
    const tries: [method: string, path: string, body?: unknown][] = [
      ['POST', '/v1/platform/organisations/test/invitations', { email: 'eve@example.com', role: 'viewer' }],
      ['POST', '/v1/platform/organisations/test/projects', { name: 'mine' }],
      ['DELETE', '/v1/platform/projects/test?confirm=test'],
      ['GET', '/v1/platform/organisations/test/audit'],
      ['POST', '/test/dev/v1/data/$collections', { name: 'mine', fields: {} }],
    ]
    for (const [method, path, body] of tries) {
      const { status, body: told } = await ask(method, path, body)
      assert.deepEqual([status, told.code], [403, 'platform/not-allowed'], `${method} ${path}`)
      assert.match(told.hint, /owner or admin/)
    }
    assert.equal((await ask('GET', '/test/dev/v1/data/$collections')).status, 200)
  })

  test('the owner gives roles, here and in places', async () => {
    const { page } = desk
    await page.reload()
    await page.getByLabel(`Role of ${viewer}`).selectOption('developer')
    await page.getByText('Vera Rubin has the role Developer now.').waitFor()
    await choose(page, `More about ${viewer}`, 'Roles in places …')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Add a place' }).click()
    await dialog.getByLabel('Place 1').selectOption('test/dev')
    await dialog.getByLabel('Role in test/dev', { exact: true }).selectOption('viewer')
    await picture(page, 'teams-places')
    await checkAccessible(page)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Viewer in test/dev').waitFor()
    await picture(page, 'teams-members')
  })

  test('a role of their own is defined, changed and removed', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Roles', exact: true }).click()
    await page.getByRole('button', { name: 'New role' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Title').fill('Support')
    await dialog.getByLabel('Permissions').fill('organisation.read environments.read')
    await dialog.getByLabel('Add a permission').selectOption('users.*')
    await picture(page, 'teams-role')
    await checkAccessible(page)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('organisation.read environments.read users.*').waitFor()

    await page.getByRole('button', { name: 'Change Support' }).click()
    await dialog.getByLabel('Permissions').fill('users.nonsense')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('platform/invalid-role').waitFor()
    await page.keyboard.press('Escape')
    await picture(page, 'teams-roles')
    await page.getByRole('button', { name: 'Remove Support' }).click()
    await confirmByName(page, 'support', 'Remove')
    await page.getByText('None yet.').waitFor()
    desk.complaints.length = 0
  })

  test('the audit tells who did what, with what it was before, and that it is whole', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Audit', exact: true }).click()
    const entries = page.getByRole('list', { name: 'Entries' })
    await entries.getByText('role.removed').waitFor()
    await picture(page, 'teams-audit')
    await checkAccessible(page)
    await page.getByLabel('Action').fill('member.changed')
    await entries.getByText('role.removed').waitFor({ state: 'detached' })
    await entries
      .getByRole('button', { name: /member\.changed/ })
      .last()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('/role', { exact: true }).waitFor()
    await dialog.getByText('viewer', { exact: false }).first().waitFor()
    await picture(page, 'teams-audit-entry')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Verify' }).click()
    await dialog.getByText('The audit is whole').waitFor()
    await page.keyboard.press('Escape')
    const saved = page.waitForEvent('download')
    await choose(page, 'Export', 'As CSV')
    assert.equal((await saved).suggestedFilename(), 'audit.csv')
  })

  test('settings of the organisation, and what was removed comes back', async () => {
    const { page } = desk
    const { ask } = await operator(owner)
    await ask('POST', '/v1/platform/organisations/test/projects', { name: 'web-shop', title: 'Web shop' })
    await ask('DELETE', '/v1/platform/projects/web-shop?confirm=web-shop')
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByLabel('Title').fill('Test & Co')
    await page.getByLabel('Addresses in the audit').selectOption('cut')
    await page.getByLabel('Most members').fill('50')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Test & Co', level: 1 }).waitFor()
    const { body } = await ask('GET', '/v1/platform/organisations/test')
    assert.deepEqual(body.settings, { auditIp: 'cut', maxMembers: 50 })
    await picture(page, 'teams-settings')
    await checkAccessible(page)
    await page.getByRole('button', { name: 'Bring back web-shop' }).click()
    await page.getByText('web-shop is back.').waitFor()
    assert.equal((await ask('GET', '/v1/platform/projects/web-shop')).status, 200)
  })

  test('what is refused meanwhile is told with its code', async () => {
    const { page } = desk
    // Somebody else has taken the last owner's role away: what the page still offers is refused, and said.
    await page.getByRole('link', { name: 'Members', exact: true }).click()
    await page.getByLabel(`Role of ${viewer}`).waitFor()
    const { ask } = await operator(owner)
    const me = await ask('GET', '/v1/platform/me')
    const { members } = (await ask('GET', '/v1/platform/organisations/test/members')).body
    const vera = members.find(({ email }: { email: string }) => email === viewer)
    const change = (id: string, to: string) =>
      ask('PATCH', `/v1/platform/organisations/test/members/${id}`, { role: to })
    assert.equal((await change(vera.id, 'owner')).status, 204)
    assert.equal((await change(me.body.id, 'admin')).status, 204)
    await choose(page, `More about ${viewer}`, 'Remove')
    await confirmByName(page, viewer, 'Remove')
    await page.getByRole('dialog').getByText('platform/not-allowed').waitFor()
    await picture(page, 'teams-refused')
    await page.keyboard.press('Escape')
    await page.reload()
    await page.getByText('Vera Rubin').waitFor()
    assert.equal(await page.getByRole('button', { name: `More about ${viewer}` }).count(), 0)
  })

  test('everything can be done with the keyboard, and a session that has ended says so', async () => {
    const { page } = desk
    // As another device of his would: the page still believes to be signed in.
    const { accounts, token } = await operator(owner)
    await fetch(`${server.url}${accounts.path}/v1/auth/sign-out`, {
      method: 'POST',
      headers: {
        apikey: accounts.publishableKey,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ scope: 'global' }),
    })
    await page.getByRole('link', { name: 'Roles', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Your session has ended. Sign in again.').waitFor()
    await page.getByLabel('E-mail').focus()
    await page.keyboard.type(owner)
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Test & Co', level: 1 }).waitFor()
  })

  test('who has a second factor is asked for it', async () => {
    const { page } = desk
    const { secret, weakToken } = await addFactor(server, owner)
    // Without it a password alone would open everything the page does.
    const weak = await fetch(`${server.url}/v1/platform/me`, {
      headers: { authorization: `Bearer ${weakToken}` },
    })
    assert.deepEqual([weak.status, (await weak.json()).code], [403, 'auth/step-up-needed'])
    await signOut(page)
    await signIn(page, { email: owner, password })
    const code = page.getByLabel('Second factor')
    await code.fill('000000')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('auth/wrong-code').waitFor()
    await picture(page, 'teams-second-factor')
    await code.fill(totp(secret, stepNow()))
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
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
