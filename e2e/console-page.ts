import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { password } from '@cloudbox/server/testing/management'
import { visit, type Visitor } from './browser.ts'

/** Opens a page of the console, signed in. */
export async function openConsole(
  browser: Browser,
  url: string,
  path: string,
  { email, ...options }: { readonly email: string } & Parameters<Browser['newContext']>[0],
): Promise<Visitor> {
  const visitor = await visit(browser, `${url}/console${path}`, options)
  const { page } = visitor
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Your account' }).waitFor()
  return visitor
}

/** What keeps people out, as far as a program can tell: what is serious or critical. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${location.pathname} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' ')}`,
      )
  })
}

/** Whether nothing makes the page as a whole scroll sideways. */
export function isNarrowEnough(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
}
