import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium as playwright, type Browser, type BrowserContext, type Page } from 'playwright-core'

/**
 * Starts a browser without a window. On Linux it comes from npm and needs no system package; elsewhere the installed
 * Chrome does.
 */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') return playwright.launch({ channel: 'chrome' })
  const { default: chromium } = await import('@sparticuz/chromium')
  // Its own arguments are made for a machine in the cloud: one process for all tabs ends them all together.
  const args = chromium.args.filter(argument => argument !== '--single-process' && argument !== '--no-zygote')
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...args, '--disable-background-networking'],
  })
}

/** Unpacks the browser that comes from npm, once for all: a second one at the same moment would find half of it. */
export async function unpackBrowser(): Promise<void> {
  if (process.platform !== 'linux') return
  const { default: chromium } = await import('@sparticuz/chromium')
  await chromium.executablePath()
}

/** How long to wait for what should be there in a moment: it ends a test that would hang, and decides nothing else. */
const waitMs = 60_000

/** A page of its own, as on another computer, that remembers what went wrong on it. */
export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors on the console and uncaught ones. */
  readonly complaints: string[]
}

/** Opens the address as a new visitor. */
export async function visit(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
  timeoutMs = waitMs,
): Promise<Visitor> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(timeoutMs)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  await page.goto(url)
  return { context, page, complaints }
}

/** Keeps a picture for people to look at, in the folder `SCREENSHOTS` names; nothing without one. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
