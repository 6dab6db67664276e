import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { password, setUpOwner, type TestOperator } from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, type Visitor } from './browser.ts'
import { checkAccessible as look, isNarrowEnough, openConsole } from './console.ts'

describe('the data pages of the console', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let owner: TestOperator
  let desk: Visitor
  let phone: Visitor
  const ending: (() => unknown)[] = []
  const data = '/projects/test/dev/data'

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    owner = await setUpOwner(server, 'test')
    browser = await launchBrowser()
    desk = await openConsole(browser, server.url, data, { email: owner.email, password })
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })

  test('an environment without collections teaches how to make one', async () => {
    const { page } = desk
    await page.getByRole('heading', { name: 'Make your first collection' }).waitFor()
    await look(page)
    await picture(page, 'data-first')
    await page.getByRole('main').getByRole('link', { name: 'New collection' }).last().click()
    await page.getByRole('button', { name: 'To-do list' }).click()
    await page.getByLabel('Name of the collection').fill('2 do')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('alert').waitFor()
    await picture(page, 'data-new-refused')
    await page.getByLabel('Name of the collection').fill('todos')
    await page.getByLabel('Closed').waitFor()
    await page.getByLabel('Read by all, written by owners').check()
    await look(page)
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('heading', { name: 'No document yet' }).waitFor()
    await picture(page, 'data-empty')
    // The refused name was the point.
    desk.complaints.length = 0
  })

  test('what the API preview inserts appears in a second window at once', async () => {
    phone = await openConsole(
      browser,
      server.url,
      `${data}/todos`,
      { email: owner.email, password },
      { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
    )
    await phone.page.getByRole('heading', { name: 'No document yet' }).waitFor()

    const { page } = desk
    await page.getByRole('link', { name: 'API', exact: true }).click()
    await page.getByRole('button', { name: 'insert' }).click()
    await page.getByRole('button', { name: 'cURL' }).click()
    await page.getByText(`${server.url}/test/dev/v1/data/todos`).first().waitFor()
    await page.getByText(server.publishableKey).first().waitFor()
    await look(page)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('403 Forbidden').waitFor()
    await picture(page, 'data-api-refused')
    await page.getByLabel('Run as').selectOption('operator')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('201 Created').waitFor()
    await picture(page, 'data-api')

    await phone.page.getByRole('gridcell', { name: 'A title' }).waitFor()
    await picture(phone.page, 'data-grid-phone')
    assert.ok(await isNarrowEnough(phone.page))
    await look(phone.page)
    desk.complaints.length = 0
  })

  test('a cell is edited by keyboard, and others see it; a stale one is told', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Documents', exact: true }).click()
    await page.getByText('live', { exact: true }).waitFor()
    await page.getByRole('gridcell', { name: 'A title' }).click()
    await page.keyboard.press('Enter')
    await page.keyboard.type('Milk')
    await page.keyboard.press('Enter')
    await phone.page.getByRole('gridcell', { name: 'Milk' }).waitFor()
    await look(page)

    await page.keyboard.press('Control+z')
    await phone.page.getByRole('gridcell', { name: 'A title' }).waitFor()

    await page.getByRole('gridcell', { name: 'A title' }).click()
    await page.keyboard.press('Enter')
    await page.keyboard.type('x'.repeat(201))
    await page.keyboard.press('Enter')
    await page.getByText('data/invalid-document').waitFor()
    await page.getByRole('gridcell', { name: 'A title' }).waitFor()
    await picture(page, 'data-cell-refused')
    await page.getByRole('button', { name: 'Dismiss' }).click()
    desk.complaints.length = 0
  })

  test('filters, search and order make the list', async () => {
    const { page } = desk
    const documents = Array.from({ length: 300 }, (_, i) => ({ title: `Task ${i}`, done: i % 3 === 0 }))
    const { status } = await server.request('POST', '/data/todos', { body: documents })
    assert.equal(status, 201)
    await page.getByText('301 documents').waitFor()
    await page.getByLabel('Search in all texts').fill('task 29')
    await page.getByText('11 documents').waitFor()
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByLabel('Field').selectOption('done')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('3 documents', { exact: true }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('filter'), 'done.is.true')
    await page.getByRole('button', { name: /^title/ }).click()
    await page
      .getByRole('columnheader', { name: /^title/ })
      .getByRole('button')
      .click()
    const first = page.locator('[aria-rowindex="2"]')
    await first.getByText('Task 297').waitFor()
    await picture(page, 'data-filtered')
    await page.getByRole('button', { name: 'Remove the filter on done' }).click()
    await page.getByLabel('Search in all texts').fill('')
    await page.getByText('301 documents').waitFor()
    // Down to the end, page by page; more documents are loaded on the way.
    await page.getByRole('grid').focus()
    const last = page.getByRole('gridcell', { name: 'A title' })
    while (!(await last.isVisible())) await page.keyboard.press('PageDown')
    assert.ok((await page.getByRole('row').count()) < 80, 'only the rows in sight are made')
  })

  test('many are changed and deleted at once, and come back', async () => {
    const { page } = desk
    await page.goto(`${server.url}/console${data}/todos?q=task%2029`)
    await page.getByText('11 documents').waitFor()
    await page.getByLabel('Select all that are loaded').check()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByLabel('Type todos to confirm').fill('todos')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 11 documents' }).click()
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('11 documents').waitFor()
  })

  test('a broken policy is told at its column, and who would see what', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Policies', exact: true }).click()
    const editor = page.getByRole('textbox', { name: 'Policy of list' })
    await editor.click()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('doc.done == true && doc.ownr == auth.uid')
    await page.keyboard.press('Escape')
    await page.getByText('column 25:').waitFor()
    await page.getByText("did you mean 'owner'?").first().waitFor()
    assert.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
    await picture(page, 'data-policy-broken')

    await page.keyboard.press('Control+a')
    await page.keyboard.type('doc.done == true && doc.owner == auth.uid')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Claims' }).click()
    await page.getByText('0 of 200').waitFor()
    await page.getByText('200 because of').waitFor()
    await page.getByRole('textbox', { name: 'Compiled SQL' }).waitFor()
    await look(page)
    await picture(page, 'data-policy-tried')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Policies of todos are in force.').waitFor()
    const { body } = await server.request('GET', '/data/$collections/todos')
    assert.equal(
      (body as { policies: { list: string } }).policies.list,
      'doc.done == true && doc.owner == auth.uid',
    )
  })

  test('a field is planned, added, and taken back', async () => {
    const { page } = desk
    await page.getByRole('link', { name: 'Schema', exact: true }).click()
    await page.getByRole('button', { name: 'Add a field' }).click()
    await page.getByLabel('Name', { exact: true }).fill('priority')
    await page.getByLabel('Type', { exact: true }).selectOption('integer')
    await page.getByRole('button', { name: 'See what happens' }).click()
    await page.getByText('301 documents').waitFor()
    await look(page)
    await picture(page, 'data-plan')
    await page.getByRole('button', { name: 'Do it' }).click()
    await page.getByRole('button', { name: 'Change priority' }).waitFor()
    await look(page)
    await picture(page, 'data-schema')
    await page.getByRole('button', { name: 'Take it back' }).click()
    await page.getByRole('button', { name: 'Change priority' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Relations' }).click()
    await page.getByRole('heading', { name: 'Relations' }).waitFor()
    await look(page)
    await picture(page, 'data-relations')
  })

  test('a file is imported into new fields, and what does not fit is told by its row', async () => {
    const { page } = desk
    await page.goto(`${server.url}/console${data}/todos`)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Import a file' }).click()
    const csv = `title,Hours spent,due\nPaint,2.5,2026-02-01\n${'x'.repeat(201)},1,\nMow,3,2026-02-02\n`
    await page
      .getByLabel('Pick a file')
      .setInputFiles({ name: 'todos.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
    await page.getByLabel('Name of the new field for Hours spent').waitFor()
    await look(page)
    await picture(page, 'data-import')
    await page.getByRole('button', { name: 'Import 3 rows' }).click()
    await page.getByText('2 of 3').waitFor()
    await page.getByText('row 3').waitFor()
    await picture(page, 'data-imported')
    await page.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('columnheader', { name: /hoursSpent/ }).waitFor()
    await page.getByLabel('Search in all texts').fill('Paint')
    await page.getByRole('gridcell', { name: '2.5' }).waitFor()

    await page.getByRole('button', { name: 'More', exact: true }).click()
    const downloading = page.waitForEvent('download')
    await page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined }))
    await page.getByRole('menuitem', { name: 'as JSON', exact: false }).first().click()
    const file = await (await downloading).createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of file) chunks.push(chunk as Buffer)
    const documents = JSON.parse(Buffer.concat(chunks).toString()) as { title: string; hoursSpent: number }[]
    assert.deepEqual(
      documents.map(({ title, hoursSpent }) => [title, hoursSpent]),
      [['Paint', 2.5]],
    )
    desk.complaints.length = 0
  })

  test('nothing has gone wrong unseen', () => {
    assert.deepEqual([...desk.complaints, ...phone.complaints], [])
  })
})
