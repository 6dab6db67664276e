import type { Browser, BrowserContext } from 'playwright-core'

/** A computer and a line. */
export interface Circumstances {
  readonly viewport: { readonly width: number; readonly height: number }
  /** How many times slower than this machine its processor is. */
  readonly slowdown: number
  /** undefined: as it is. */
  readonly line?: { readonly roundTripMs: number; readonly downKbps: number; readonly upKbps: number }
}

export const desktop: Circumstances = { viewport: { width: 1350, height: 940 }, slowdown: 1 }
/** What Lighthouse takes a phone to be: a processor four times slower, on slow 4G. */
export const phone: Circumstances = {
  viewport: { width: 412, height: 823 },
  slowdown: 4,
  line: { roundTripMs: 150, downKbps: 1638, upKbps: 675 },
}

/** How fast a page came, in the terms of Web Vitals, ms. */
export interface PageSpeed {
  /** When the largest thing of the first view was painted. */
  readonly largestPaint: number
  /** What tasks took beyond 50 ms each: for so long nobody was heard. */
  readonly blocked: number
  /** When what the page is for was there. */
  readonly complete: number
}

/** Opens a page as somebody who has never been there, until `isComplete` resolves. */
export async function measurePage(
  browser: Browser,
  url: string,
  { viewport, slowdown, line }: Circumstances,
  storageState: Awaited<ReturnType<BrowserContext['storageState']>> | undefined,
  ready: string,
): Promise<PageSpeed> {
  const context = await browser.newContext({
    locale: 'en-US',
    viewport,
    ...(storageState && { storageState }),
  })
  try {
    await context.addInitScript(observe)
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    if (line !== undefined) {
      await session.send('Network.enable')
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: line.roundTripMs,
        downloadThroughput: (line.downKbps * 1000) / 8,
        uploadThroughput: (line.upKbps * 1000) / 8,
      })
    }
    await page.goto(url)
    await page.locator(ready).first().waitFor()
    const complete = await page.evaluate(() => performance.now())
    // What comes late counts as well.
    await page.waitForTimeout(1000)
    const { largestPaint, blocked } = await page.evaluate(
      () => (globalThis as unknown as { speed: Omit<PageSpeed, 'complete'> }).speed,
    )
    return { largestPaint, blocked, complete }
  } finally {
    await context.close()
  }
}

/** Runs in the page before anything else. */
function observe(): void {
  const speed = { largestPaint: 0, blocked: 0 }
  Object.assign(globalThis, { speed })
  new PerformanceObserver(list => {
    speed.largestPaint = list.getEntries().at(-1)!.startTime
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) speed.blocked += duration - 50
  }).observe({ type: 'longtask', buffered: true })
}
