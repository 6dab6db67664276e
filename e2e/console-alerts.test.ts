import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { password, setUpOwner, type TestOperator } from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, type Visitor } from './browser.ts'
import { checkAccessible, confirmByName, isNarrowEnough, openConsole } from './console.ts'

const alertsPage = '/projects/shop/dev/alerts'

describe('alerts in the console', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let owner: TestOperator
  let desk: Visitor
  const ending: (() => unknown)[] = []

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    owner = await setUpOwner(server)
    await owner.ask('POST', '/organisations/acme/projects', { name: 'shop', title: 'Web shop' })
    await owner.ask('POST', '/projects/shop/environments', { name: 'dev', dev: true })
    browser = await launchBrowser()
    desk = await openConsole(browser, server.url, alertsPage, { email: owner.email, password })
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })

  /** Asks for what is not there: it is refused, and counted. */
  async function refuse(times: number): Promise<void> {
    const ask = () => owner.askIn('shop/dev', 'GET', '/data/nowhere')
    await Promise.all(Array.from({ length: times }, ask))
  }

  test('an environment is watched before anybody has done anything, and the page says what is missing', async () => {
    const { page } = desk
    await page.getByText('Nobody is told yet.').waitFor()
    await page.getByText('Nothing has fired yet').waitFor()
    await picture(page, 'alerts-empty')
    await checkAccessible(page)
    await page.getByRole('link', { name: 'Rules' }).click()
    const rules = page.getByRole('list', { name: 'Rules' })
    await rules.getByText('Requests fail', { exact: true }).waitFor()
    await rules.getByText('Requests are slow', { exact: true }).waitFor()
    await picture(page, 'alerts-rules-default')
  })

  test('a channel is named, and tried', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Channels' }).click()
    await page.getByRole('heading', { name: 'Nobody is told yet' }).waitFor()
    await checkAccessible(page)
    await page.getByRole('button', { name: 'New channel' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('ops@example.com')
    await dialog.getByLabel('Name').fill('On call')
    await picture(page, 'alerts-new-channel')
    await checkAccessible(page)
    await dialog.getByRole('button', { name: 'Make it' }).click()
    const channels = page.getByRole('list', { name: 'Channels' })
    await channels.getByText('ops@example.com').waitFor()
    await page.getByRole('button', { name: 'Send a test to On call' }).click()
    await page.getByText('A mail is on its way to On call.').waitFor()
    await channels.getByText(/^Last arrived/).waitFor()

    await page.getByRole('button', { name: 'New channel' }).click()
    await dialog.getByLabel('Kind').selectOption('webhook')
    await dialog.getByLabel('Address').fill('http://127.0.0.1:1/of-a-secret')
    await dialog.getByLabel('Name').fill('Own hook')
    await dialog.getByRole('button', { name: 'Make it' }).click()
    await page.getByText('What this webhook is signed with').waitFor()
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByRole('button', { name: 'Send a test to Own hook' }).click()
    await channels.getByText(/nobody listens there/).waitFor()
    assert.equal(await channels.getByText('of-a-secret').count(), 0)
    await picture(page, 'alerts-channels')
    await checkAccessible(page)
    await page.getByRole('button', { name: 'Remove Own hook' }).click()
    await confirmByName(page, 'Own hook', 'Remove')
    await channels.getByText('Own hook').waitFor({ state: 'detached' })
  })

  test('a rule is tried on what was counted as it is typed, and watches from then on', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByRole('button', { name: 'New rule' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByRole('button', { name: 'Many fail now' }).click()
    await sheet.getByLabel('Name').fill('Many are refused')
    await sheet.getByLabel('Figure', { exact: true }).selectOption('refused')
    await sheet.getByLabel('Value, a minute').fill('nothing')
    await sheet.getByText('A number.').waitFor()
    await sheet.getByText('Fill in the rest, and it is tried on what was counted.').waitFor()
    await sheet.getByLabel('Value, a minute').fill('10')
    await sheet.getByLabel('For minutes').fill('0')
    await sheet.getByLabel('Over when all is well').selectOption('0')
    await sheet
      .getByText(/^It would not have fired in the last 14 days\.$|^Nothing has been counted yet/)
      .waitFor()
    await picture(page, 'alerts-new-rule')
    await checkAccessible(page)
    await sheet.getByRole('button', { name: 'Watch it' }).click()
    await page.getByRole('list', { name: 'Rules' }).getByText('Many are refused').waitFor()
    await checkAccessible(page)
  })

  test('it fires, a mail comes, and it is silenced', async () => {
    const { page } = desk
    await refuse(60)
    await page.getByRole('list', { name: 'Rules' }).getByText('fires', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Incidents' }).click()
    const firing = page.getByRole('list', { name: 'Fires now' })
    await firing.getByText('Many are refused').waitFor()
    await firing.getByText('Told: On call').waitFor()
    await firing.getByText('arrived', { exact: true }).waitFor()
    await picture(page, 'alerts-firing')
    await checkAccessible(page)

    await page.getByRole('button', { name: 'Silence Many are refused' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Why').fill('We know')
    await picture(page, 'alerts-silence')
    await checkAccessible(page)
    await dialog.getByRole('button', { name: 'Silence' }).click()
    await firing.getByText('silenced', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Silences' }).click()
    await page.getByRole('list', { name: 'Silences' }).getByText('We know').waitFor()
    await picture(page, 'alerts-silences')
    await checkAccessible(page)

    await page.goto(`${server.url}/console/projects/shop/dev/auth/mailbox`)
    await page.getByText('Fires: Many are refused – shop/dev').first().click()
    const text = 'Requests: refused above 10 a minute.'
    await page.frameLocator('iframe').getByText(text, { exact: true }).waitFor()
    await picture(page, 'alerts-mail')
  })

  test('when all is well again it is over, and the back-test knows of it', async () => {
    const { page } = desk
    await page.goto(`${server.url}/console${alertsPage}/rules`)
    await page.getByRole('button', { name: 'More for Many are refused' }).click()
    await page.getByRole('menuitem', { name: 'Switch off' }).click()
    await page.getByRole('link', { name: 'Incidents' }).click()
    const past = page.getByRole('list', { name: 'Past incidents' })
    await past.getByText('Told that it is over: On call').waitFor()
    await past.getByText(/lasted \d+/).waitFor()
    await picture(page, 'alerts-over')
    await checkAccessible(page)
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByRole('button', { name: 'Change Many are refused' }).click()
    await page.getByRole('dialog').getByText('It would have fired once in the last 14 days.').waitFor()
    await picture(page, 'alerts-back-test')
    await page.keyboard.press('Escape')
    assert.deepEqual(desk.complaints, [])
  })

  test('on a phone, in the dark', async () => {
    const { page, context } = await openConsole(
      browser,
      server.url,
      alertsPage,
      { email: owner.email, password },
      { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
    )
    await page.getByRole('list', { name: 'Past incidents' }).getByText('Many are refused').waitFor()
    await picture(page, 'alerts-phone')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByRole('button', { name: 'Change Requests fail' }).click()
    await page.getByRole('dialog').getByText('Good over 30 days, %').waitFor()
    await picture(page, 'alerts-phone-rule')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    await context.close()
  })
})
