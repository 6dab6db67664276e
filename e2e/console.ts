import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { visit, type Visitor } from './browser.ts'

/** Opens a page of the console, below `/console`, as somebody who signs in there. */
export async function openConsole(
  browser: Browser,
  url: string,
  path: string,
  { email, password }: { readonly email: string; readonly password: string },
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visitor> {
  const visitor = await visit(browser, `${url}/console${path}`, options)
  await signIn(visitor.page, { email, password })
  return visitor
}

/** Fills in the form that the console shows to who is not signed in. */
export async function signIn(
  page: Page,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.getByRole('heading', { name: 'Sign in to CloudBox' }).waitFor()
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Signs out with the menu of the account. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole('menuitem', { name: /^Sign out/ }).click()
  await page.getByRole('heading', { name: 'Sign in to CloudBox' }).waitFor()
}

/** Chooses from the menu of a thing. */
export async function choose(page: Page, menu: string, item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

/** Types the name that a destructive act asks for, and does it. */
export async function confirmByName(page: Page, name: string, label: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  const button = dialog.getByRole('button', { name: label, exact: true })
  assert.ok(await button.isDisabled(), `${label} waits for the name`)
  await dialog.getByLabel(`Type ${name} to confirm`).fill(name)
  await button.click()
}

export const isNarrowEnough = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What on this page keeps people out, by the rules of WCAG A and AA that a program can judge. */
export async function checkAccessible(page: Page): Promise<void> {
  await page.evaluate(axe)
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Violation[] }> }
    }
    const found = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
    return found.violations
  })
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    grave.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
    ),
    [],
    page.url(),
  )
}
