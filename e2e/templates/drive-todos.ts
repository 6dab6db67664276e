import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { picture, visit } from '../browser.ts'

/** Dev servers say such things, and the app does not. */
const notOurs = /\[vite\]|\[HMR\]|Download the React DevTools|favicon/

/** A dev server may still be making parts of the page, on a busy machine. */
const waitMs = 90_000
const size = { viewport: { width: 1000, height: 700 } }
/** Longer than a line. */
const book = 'A book about gardens, and where to put the one it came with'

/** Signs in on the page of a template and uses both of its panes. @returns what was complained about on the console */
export async function driveTodos(browser: Browser, url: string, name: string): Promise<string[]> {
  // Dev servers make a page when it is asked for first.
  await (await fetch(url)).text()
  const { context, page, complaints } = await visit(browser, url, size, waitMs)
  await page.getByRole('heading', { name: 'Sign in to see your todos' }).waitFor()
  await provider(page).waitFor()
  await picture(page, `${name}-signed-out`)
  await signIn(page)
  const [one, another] = ['One pane', 'Another pane'].map(label =>
    page.getByRole('region', { name: label, exact: true }),
  ) as [Pane, Pane]
  for (const pane of [one, another]) await pane.getByText('Nothing to do.').waitFor()
  assert.equal(new URL(page.url()).search, '', 'the code of the sign-in is gone from the address')
  await picture(page, `${name}-empty`)

  await add(one, 'Milk')
  await todo(another, 'Milk').waitFor()
  await add(another, book)
  await todo(one, book).waitFor()
  await todo(another, 'Milk').click()
  await ticked(one, 'Milk').waitFor()
  await add(one, 'Bread')
  await another.getByRole('button', { name: 'Delete Bread' }).click()
  await todo(one, 'Bread').waitFor({ state: 'detached' })
  assert.equal(await one.getByRole('listitem').count(), 2)
  await picture(page, `${name}-full`)
  await lookAround(page, name)

  await page.reload()
  await ticked(one, 'Milk').waitFor()
  for (const title of ['Milk', book]) {
    await one.getByRole('button', { name: `Delete ${title}` }).click()
    await todo(another, title).waitFor({ state: 'detached' })
  }
  await page.getByRole('button', { name: 'Sign out' }).click()
  await provider(page).waitFor()
  await context.close()
  return complaints.filter(text => !notOurs.test(text))
}

/** The line breaks and comes back: the list stays, says so, and catches up. */
export async function driveOffline(browser: Browser, url: string, name: string): Promise<void> {
  const { context, page } = await visit(browser, url, size, waitMs)
  await provider(page).waitFor()
  await signIn(page)
  const one = page.getByRole('region', { name: 'One pane', exact: true })
  await add(one, 'Milk')
  await todo(one, 'Milk').waitFor()
  await context.setOffline(true)
  await one.getByText('This is the list as it was.').waitFor()
  await todo(one, 'Milk').click()
  await one.getByRole('alert').waitFor()
  await picture(page, `${name}-offline`)
  await context.setOffline(false)
  await one.getByText('Live', { exact: true }).waitFor()
  await one.getByRole('button', { name: 'Delete Milk' }).click()
  await todo(one, 'Milk').waitFor({ state: 'detached' })
  await context.close()
}

type Pane = ReturnType<Page['getByRole']>

function provider(page: Page) {
  return page.getByRole('button', { name: /Continue with/ }).first()
}

async function signIn(page: Page): Promise<void> {
  await provider(page).click()
  await page.locator('#people button').first().click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

async function add(pane: Pane, title: string): Promise<void> {
  await pane.getByLabel('New todo').fill(title)
  await pane.getByRole('button', { name: 'Add' }).click()
}

function todo(pane: Pane, title: string) {
  return pane.getByRole('checkbox', { name: title })
}

function ticked(pane: Pane, title: string) {
  return pane.getByRole('checkbox', { name: title, checked: true })
}

/** Pictures for people: dark, and on a phone. */
async function lookAround(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' })
  await picture(page, `${name}-dark`)
  await page.setViewportSize({ width: 390, height: 760 })
  await picture(page, `${name}-phone-dark`)
  await page.emulateMedia({ colorScheme: 'light' })
  await picture(page, `${name}-phone`)
  await page.setViewportSize(size.viewport)
}
