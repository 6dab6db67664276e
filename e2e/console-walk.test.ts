import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'
import { checkAccessible } from './console.ts'

/** The first hour with CloudBox, as one walk: each step begins where the one before has led. */
describe('from the first start to an alert in the mailbox', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let desk: Visitor
  let second: Visitor
  let publishableKey: string
  const ending: (() => unknown)[] = []

  before(async () => {
    // Of the refused ones one of a hundred would be kept.
    server = await startTestServer(
      { after: work => void ending.push(work) },
      { argv: ['--monitoring-refused-percent', '100'] },
    )
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })
  const go = (page: Page, name: string) =>
    page.getByRole('navigation', { name: 'Environment' }).getByRole('link', { name, exact: true }).click()
  const tab = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()

  test('the link of the first start makes the owner and leads into the console', async () => {
    const token = await server.server().platform.makeSetUpToken()
    desk = await visit(browser, `${server.url}/v1/platform/set-up#${token}`)
    const { page } = desk
    const owner = {
      'Your name': 'Ada Lovelace',
      'E-mail': 'ada@example.com',
      Password: 'tea and toast at ten',
      Organisation: 'acme',
    }
    for (const [label, text] of Object.entries(owner)) await page.getByLabel(label).fill(text)
    await page.getByRole('button', { name: 'Become the owner' }).click()
    await page.getByRole('link', { name: 'Open the console' }).click()
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'New project' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('Web shop')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('navigation', { name: 'Environment' }).waitFor()
    await picture(page, 'walk-home')
    await checkAccessible(page)
  })

  test('a collection is made with fields of its own and a policy', async () => {
    const { page } = desk
    await go(page, 'Data')
    await page.getByRole('main').getByRole('link', { name: 'New collection' }).last().click()
    await page.getByRole('button', { name: 'To-do list' }).click()
    await page.getByRole('button', { name: 'Add a field' }).click()
    await page.getByLabel('Name of a field').last().fill('priority')
    await page.getByLabel('Type of priority').selectOption('integer')
    await page.getByLabel('Read by all, written by owners').check()
    await picture(page, 'walk-new-collection')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('heading', { name: 'No document yet' }).waitFor()
  })

  test('what the API preview inserts is seen live in a second window', async () => {
    const { page, context } = desk
    second = { context, page: await context.newPage(), complaints: [] }
    await second.page.goto(page.url())
    await second.page.getByRole('heading', { name: 'No document yet' }).waitFor()

    await tab(page, 'API')
    await page.getByRole('button', { name: 'insert' }).click()
    publishableKey = (
      await page
        .getByText(/cb_pub_\w+/)
        .first()
        .innerText()
    ).match(/cb_pub_\w+/)![0]
    await page.getByLabel('Run as').selectOption('operator')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('201 Created').waitFor()
    await second.page.getByRole('gridcell', { name: 'A title' }).waitFor()
    await second.page.getByRole('columnheader', { name: /^priority/ }).waitFor()
    await picture(second.page, 'walk-live')
  })

  test('a policy that is broken is told at its column; who is refused learns by which', async () => {
    const { page } = desk
    await tab(page, 'Policies')
    const editor = page.getByRole('textbox', { name: 'Policy of create' })
    await editor.click()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('next.priority > 0 && next.ownr == auth.uid')
    await page.keyboard.press('Escape')
    await page.getByText(/^column \d+:/).waitFor()
    assert.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
    await picture(page, 'walk-policy-broken')
    await tab(page, 'API')
    await page.getByRole('button', { name: 'insert' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('403 Forbidden').waitFor()
    await page.getByText('data/not-allowed').first().waitFor()
    await picture(page, 'walk-refused')
    desk.complaints.length = 0
  })

  test('somebody is to be told when many are refused', async () => {
    const { page } = desk
    await go(page, 'Alerts')
    await tab(page, 'Channels')
    await page.getByRole('button', { name: 'New channel' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('ops@example.com')
    await dialog.getByLabel('Name').fill('On call')
    await dialog.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('list', { name: 'Channels' }).getByText('ops@example.com').waitFor()
    await tab(page, 'Rules')
    await page.getByRole('button', { name: 'New rule' }).click()
    await dialog.getByRole('button', { name: 'Many fail now' }).click()
    await dialog.getByLabel('Name').fill('Many are refused')
    await dialog.getByLabel('Figure', { exact: true }).selectOption('refused')
    await dialog.getByLabel('Value, a minute').fill('10')
    await dialog.getByLabel('For minutes').fill('0')
    await dialog.getByRole('button', { name: 'Watch it' }).click()
    await page.getByRole('list', { name: 'Rules' }).getByText('Many are refused').waitFor()
  })

  test('the spike is read in the dashboard, from the operation to its requests', async () => {
    const { page } = desk
    const [, project] = /\/projects\/([^/]+)\//.exec(page.url())!
    const write = () =>
      fetch(`${server.url}/${project}/dev/v1/data/todos`, {
        method: 'POST',
        headers: { apikey: publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'Milk' }),
      })
    const answers = await Promise.all(Array.from({ length: 120 }, write))
    assert.ok(answers.every(({ status }) => status === 403))
    await go(page, 'Monitoring')
    const operations = page.getByRole('region', { name: 'Operations' })
    await operations.getByRole('button', { name: 'POST /data/:collection', exact: true }).click()
    await page.getByRole('figure', { name: 'Requests' }).waitFor()
    await picture(page, 'walk-spike')
    await page.getByRole('link', { name: 'Its kept requests' }).click()
    await page.getByRole('heading', { name: 'Logs' }).waitFor()
    const kept = page.getByRole('region', { name: 'Kept requests' }).getByRole('button').first()
    while (!(await kept.isVisible())) {
      await page.getByRole('button', { name: 'Load anew' }).click()
      await page.waitForTimeout(500)
    }
    await kept.click()
    await page.getByRole('dialog').getByText('data/not-allowed').first().waitFor()
    await picture(page, 'walk-request')
    await page.keyboard.press('Escape')
  })

  test('the alert is in the mailbox', async () => {
    const { page } = desk
    await go(page, 'Alerts')
    await page.getByRole('list', { name: 'Fires now' }).getByText('Many are refused').waitFor()
    await go(page, 'Auth')
    await tab(page, 'Mailbox')
    await page
      .getByText(/^Fires: Many are refused/)
      .first()
      .click()
    await page
      .frameLocator('iframe')
      .getByText('Requests: refused above 10 a minute.', { exact: true })
      .waitFor()
    await picture(page, 'walk-mail')
    assert.deepEqual(desk.complaints, [])
  })
})
