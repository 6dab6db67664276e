import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { password, setUpOwner, type TestOperator } from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'
import { checkAccessible, confirmByName, isNarrowEnough, openConsole } from './console.ts'

describe('settings of an environment in the console', { timeout: 540_000 }, () => {
  let server: TestServer
  let browser: Browser
  let owner: TestOperator
  let desk: Visitor
  const ending: (() => unknown)[] = []
  const management = '/projects/shop/environments/live'

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    owner = await setUpOwner(server)
    await owner.ask('POST', '/organisations/acme/projects', { name: 'shop', title: 'Web shop' })
    await owner.ask('POST', '/projects/shop/environments', { name: 'live' })
    browser = await launchBrowser()
    desk = await openConsole(browser, server.url, '/projects/shop/live/settings', {
      email: owner.email,
      password,
    })
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
  })
  const tab = async (name: string) => {
    await desk.page.keyboard.press('Escape')
    const tabs = desk.page.getByRole('navigation', { name: 'Settings' })
    await tabs.getByRole('link', { name, exact: true }).click()
  }

  test('a key is made with a scope, shown once, rotated and revoked', async () => {
    const { page } = desk
    await page.getByText('No key yet').waitFor()
    await page.getByRole('button', { name: 'New key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Kind', { exact: true }).selectOption('secret')
    await dialog.getByLabel('Name', { exact: true }).fill('Nightly')
    await dialog.getByLabel('Only for some things', { exact: true }).check()
    await dialog.getByRole('button', { name: 'Read documents', exact: true }).click()
    await picture(page, 'settings-new-key')
    await checkAccessible(page)
    await dialog.getByRole('button', { name: 'Make it' }).click()
    const shown = page.getByText(/^cb_secret_/).first()
    const text = await shown.innerText()
    const answer = await fetch(`${server.url}/shop/live/v1/auth/users`, { headers: { apikey: text } })
    assert.equal(((await answer.json()) as { code: string }).code, 'platform/not-allowed')
    await picture(page, 'settings-key-made')
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByText(/^cb_secret_…/).waitFor()

    await page.getByRole('button', { name: 'Rotate Nightly' }).click()
    await dialog.getByLabel('The old one works for', { exact: true }).selectOption('0')
    await dialog.getByRole('button', { name: 'Rotate' }).click()
    await page.getByText('The old one works until').waitFor()
    await page.getByRole('button', { name: 'Revoke Nightly' }).first().click()
    await confirmByName(page, 'Nightly', 'Revoke')
    await dialog.waitFor({ state: 'detached' })
    const { body } = await owner.ask('GET', `${management}/keys`)
    assert.equal((body as { keys: unknown[] }).keys.length, 1)
    await page.reload()
    await page.getByRole('button', { name: 'Revoke Nightly' }).waitFor()
    await picture(page, 'settings-keys')
    await checkAccessible(page)
  })

  test('values and secrets are set and removed; a secret is never shown', async () => {
    const { page } = desk
    await tab('Configuration')
    const dialog = page.getByRole('dialog')
    const set = async (name: string, value: string, isSecret: boolean) => {
      await page.getByRole('button', { name: 'New', exact: true }).click()
      await dialog.getByLabel('Name', { exact: true }).fill(name)
      await dialog.getByLabel('Value', { exact: true }).fill(value)
      if (isSecret) await dialog.getByLabel('Secret', { exact: true }).check()
      await dialog.getByRole('button', { name: 'Set' }).click()
      await page.getByRole('button', { name: `Change ${name}` }).waitFor()
    }
    await set('THEME', 'dark', false)
    await set('MAIL_KEY', 'mk_hush', true)
    await page.getByText('dark · set').waitFor()
    await page.getByText('••• · set').waitFor()
    assert.ok(!(await page.content()).includes('mk_hush'))
    await picture(page, 'settings-configuration')
    await checkAccessible(page)
    await page.getByRole('button', { name: 'Remove THEME' }).click()
    await confirmByName(page, 'THEME', 'Remove')
    await page.getByRole('button', { name: 'Remove THEME' }).waitFor({ state: 'detached' })
  })

  test('limits count, and what is wrong with them is told', async () => {
    const { page } = desk
    await tab('Limits')
    await page.getByLabel('Largest limit of a list', { exact: true }).fill('200000')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('/maxRows', { exact: true }).waitFor()
    await page.getByLabel('Largest limit of a list', { exact: true }).fill('50')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('All requests that follow obey.').waitFor()
    const { body } = await owner.askIn('shop/live', 'GET', '/limits')
    assert.equal((body as { maxRows: number }).maxRows, 50)
    await picture(page, 'settings-limits')
    await checkAccessible(page)
    desk.complaints.length = 0
  })

  test('a snapshot is kept and restored', async () => {
    const { page } = desk
    await owner.askIn('shop/live', 'POST', '/data/$collections', {
      name: 'posts',
      fields: { title: { type: 'text' } },
    })
    await owner.askIn('shop/live', 'POST', '/data/posts', { title: 'Before' })
    await tab('Snapshots')
    await page.getByRole('button', { name: 'Keep what is here' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('before-the-launch')
    await dialog.getByRole('button', { name: 'Keep' }).click()
    await page.getByRole('button', { name: 'Restore before-the-launch' }).waitFor()
    await owner.askIn('shop/live', 'POST', '/data/posts', { title: 'After' })
    await page.getByRole('button', { name: 'Restore before-the-launch' }).click()
    await picture(page, 'settings-restore')
    await confirmByName(page, 'live', 'Restore')
    await page.getByText('made by a restore').waitFor()
    const { body } = await owner.askIn('shop/live', 'GET', '/data/posts')
    assert.deepEqual(
      (body as { title: string }[]).map(({ title }) => title),
      ['Before'],
    )
    await picture(page, 'settings-snapshots')
    await checkAccessible(page)
  })

  test('direct SQL access is opened, its password shown once', async () => {
    const { page } = desk
    await tab('SQL access')
    await page.getByRole('button', { name: 'Open SQL access' }).click()
    await page.getByText('Password', { exact: true }).waitFor()
    await picture(page, 'settings-sql')
    await checkAccessible(page)
    await page.reload()
    await page.getByRole('button', { name: 'Open SQL access' }).waitFor()
  })

  test('the log is sent elsewhere, and what does not arrive is told', async () => {
    const { page } = desk
    await tab('Log drains')
    await page.getByText('The log stays here').waitFor()
    await page.getByRole('button', { name: 'New drain' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('Ops')
    await dialog.getByLabel('Address', { exact: true }).fill('https://127.0.0.1/hush')
    await checkAccessible(page)
    await dialog.getByRole('button', { name: 'Make it' }).click()
    await page.getByText(/^cb_drain_/).waitFor()
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByText('https://127.0.0.1/…').waitFor()
    await page.getByRole('button', { name: 'Test Ops' }).click()
    await page.getByText('telemetry/not-delivered').waitFor()
    await picture(page, 'settings-drains')
    await checkAccessible(page)
    desk.complaints.length = 0
    await page.getByRole('button', { name: 'Remove Ops' }).click()
    await confirmByName(page, 'Ops', 'Remove')
    await page.getByText('The log stays here').waitFor()
  })

  test('a status page is opened, and everybody sees it', async () => {
    const { page } = desk
    await tab('Status page')
    await page.getByLabel('Open to everybody').check()
    await page.getByLabel('Message', { exact: true }).fill('We move on Friday.')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Look at it' }).waitFor()
    await picture(page, 'settings-status')
    await checkAccessible(page)
    for (const colorScheme of ['light', 'dark'] as const) {
      const guest = await visit(browser, `${server.url}/shop/live/v1/status`, {
        colorScheme,
        viewport: { width: colorScheme === 'dark' ? 390 : 1280, height: 800 },
      })
      await guest.page.getByText('Everything works').waitFor()
      await guest.page.getByText('We move on Friday.').waitFor()
      await guest.page.getByText(/^As of/).waitFor()
      await picture(guest.page, `status-page-${colorScheme}`)
      assert.ok(await isNarrowEnough(guest.page))
      await guest.page.context().close()
    }
  })

  test('it is renamed, archived, opened again and removed', async () => {
    const { page } = desk
    await tab('General')
    await page.getByLabel('Name', { exact: true }).fill('production')
    await page.getByLabel('For development', { exact: true }).check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/shop\/production\/settings\/general/)
    await page.getByRole('button', { name: 'Environment production' }).waitFor()
    await picture(page, 'settings-general')
    await checkAccessible(page)
    const { body } = await owner.ask('GET', '/projects/shop/environments/production')
    assert.equal((body as { dev: boolean }).dev, true)
    await page.getByRole('button', { name: 'Archive' }).click()
    await confirmByName(page, 'production', 'Archive')
    await page.getByText('archived').waitFor()
    await page.goto(`${server.url}/console/projects/shop/production/settings/general`)
    await page.getByRole('button', { name: 'Open again' }).click()
    await page.getByRole('button', { name: 'Remove the environment' }).waitFor()
    await page.getByRole('button', { name: 'Archive' }).waitFor()
    await page.getByRole('button', { name: 'Remove the environment' }).click()
    await confirmByName(page, 'production', 'Remove')
    await page.getByText('No environment yet').waitFor()
    assert.deepEqual(desk.complaints, [])
  })

  test('on a phone, in the dark', async () => {
    await owner.ask('POST', '/projects/shop/environments', { name: 'dev', dev: true })
    await owner.ask('POST', '/projects/shop/environments/dev/keys', { kind: 'publishable', name: 'Web app' })
    const { page, context } = await openConsole(
      browser,
      server.url,
      '/projects/shop/dev/settings',
      { email: owner.email, password },
      { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
    )
    await page.getByText('Web app').waitFor()
    await picture(page, 'settings-phone')
    await checkAccessible(page)
    assert.ok(await isNarrowEnough(page))
    await context.close()
  })
})
