import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { loadDemo } from '@cloudbox/example-cities/src/load'
import { serveDemo } from '@cloudbox/example-cities/serve'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'

const [email, password] = ['ada@example.com', 'tea and toast at ten']

describe('accounts in the cities demo', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let pageUrl: string
  let stopPage: () => Promise<void>
  const ending: (() => unknown)[] = []
  let laptop: Visitor
  let phone: Visitor

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    ;({ url: pageUrl, stop: stopPage } = await serveDemo(server))
    const { environmentUrl: url, secretKey } = server
    await loadDemo({ url, secretKey, pageUrl, limit: 200 })
    browser = await launchBrowser()
    laptop = await visit(browser, pageUrl)
    phone = await visit(browser, pageUrl, { colorScheme: 'dark', viewport: { width: 390, height: 844 } })
  })
  after(async () => {
    await browser?.close()
    await stopPage?.()
    for (const work of ending) await work()
  })

  test('the loader tells the environment where the page is, and leaves what is set already', async () => {
    const settings = async () =>
      (await server.request('GET', '/auth/settings')).body as Record<string, unknown>
    const { siteUrl, redirectUrls, appName } = await settings()
    assert.deepEqual([siteUrl, redirectUrls, appName], [pageUrl, [`${pageUrl}/*`], 'Cities'])
    const { environmentUrl: url, secretKey } = server
    await loadDemo({ url, secretKey, pageUrl: 'http://localhost:1', limit: 200 })
    assert.equal((await settings())['siteUrl'], pageUrl)
  })

  test('a stranger reads and edits as before, and is invited where an account is needed', async () => {
    const { page } = laptop
    await star(page, 0).click()
    await dialog(page, 'Sign in').getByText('Favourites are kept in your account.').waitFor()
    await picture(page, 'sign-in')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Favourites' }).click()
    await page.getByText('Sign in, and star the places you like.').waitFor()
    await picture(page, 'favourites-signed-out')
  })

  test('an account with e-mail and password: the link comes to the mailbox, and opens the page signed in', async () => {
    const { page } = laptop
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: /at least 8/ })
      .waitFor()
    await picture(page, 'sign-up-refused')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make the account' }).click()
    await dialog(page, 'We mailed you a link').getByText(email).waitFor()
    await picture(page, 'mailed')

    const mailbox = await opened(page, page.getByRole('link', { name: 'Open the mailbox' }))
    const confirmation = await opened(mailbox, mailbox.getByRole('link', { name: 'Open the link' }))
    await confirmation.getByRole('button').click()
    await confirmation.waitForURL(`${pageUrl}/**`)
    for (const window of [confirmation, page]) await face(window).waitFor()
    assert.equal(new URL(confirmation.url()).search, '')
    await confirmation.close()
    await mailbox.close()
    await gone(dialog(page, 'We mailed you a link'))
    await page.getByText('No favourites yet').waitFor()
  })

  test('a wrong password is said where it was typed; the right one opens the account on another device', async () => {
    const { page } = phone
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill('coffee and cake at four')
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: 'No account has this e-mail address and password.' })
      .waitFor()
    await picture(page, 'sign-in-refused-phone')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await face(page).waitFor()
    await page.getByRole('link', { name: 'Favourites' }).click()
    await page.getByText('No favourites yet').waitFor()
    assert.deepEqual(
      [...laptop.complaints.splice(0), ...phone.complaints.splice(0)].filter(text => !/\b4\d\d\b/.test(text)),
      [],
    )
  })

  test('a star set on one device is in the live list of the other, and of nobody else', async () => {
    const { page } = laptop
    await page.getByRole('link', { name: 'Cities', exact: true }).click()
    await rows(page).nth(1).waitFor()
    const names = await rows(page).locator('strong').allTextContents()
    for (const index of [0, 1]) await star(page, index).click()
    for (const name of names.slice(0, 2)) await row(phone.page, name).waitFor()
    await picture(page, 'stars')
    await picture(phone.page, 'favourites-phone')
    await star(page, 1).click()
    await gone(row(phone.page, names[1]!))
    const { body } = await server.request('GET', '/data/favourites', {
      headers: { apikey: server.publishableKey },
    })
    assert.deepEqual(body, [])
  })

  test('signing a device out closes its live list, and it says so', async () => {
    const { page } = laptop
    await face(page).click()
    await picture(page, 'menu')
    await page.getByRole('button', { name: 'Your devices' }).click()
    const devices = dialog(page, 'Your devices').getByRole('listitem')
    await devices.nth(1).waitFor()
    assert.match((await devices.first().textContent()) ?? '', /This device/)
    await picture(page, 'devices')
    assert.ok(await rows(phone.page).count(), 'there is a live list to be closed')
    await devices
      .nth(1)
      .getByRole('button', { name: /Sign out/ })
      .click()
    await phone.page.getByText('You were signed out on another device.').waitFor()
    await gone(rows(phone.page).first())
    await phone.page.getByText('Sign in, and star the places you like.').waitFor()
    await gone(devices.nth(1))
    await picture(page, 'devices-one')
    await picture(phone.page, 'signed-out-elsewhere-phone')
    await page.keyboard.press('Escape')
  })
})

function rows(page: Page): Locator {
  return page.locator('.row:not(.leaving)')
}

function row(page: Page, title: string): Locator {
  return rows(page).filter({ has: page.getByText(title, { exact: true }) })
}

function star(page: Page, index: number): Locator {
  return rows(page)
    .nth(index)
    .getByRole('button', { name: /^Favourite / })
}

function face(page: Page): Locator {
  return page.getByRole('button', { name: 'Account of Ada Lovelace' })
}

function dialog(page: Page, name: string): Locator {
  return page.getByRole('dialog', { name })
}

async function gone(what: Locator): Promise<void> {
  await what.waitFor({ state: 'detached' })
}

/** The window that a link opens. */
async function opened(page: Page, link: Locator): Promise<Page> {
  const [window] = await Promise.all([page.context().waitForEvent('page'), link.click()])
  return window
}
