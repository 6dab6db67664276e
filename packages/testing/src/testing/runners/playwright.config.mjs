import chromium from '@sparticuz/chromium'

// As in e2e/browser.ts: from npm on Linux, the installed Chrome elsewhere.
const launchOptions =
  process.platform === 'linux'
    ? {
        executablePath: await chromium.executablePath(),
        args: chromium.args.filter(arg => arg !== '--single-process' && arg !== '--no-zygote'),
      }
    : { channel: 'chrome' }

export default {
  testDir: import.meta.dirname,
  testMatch: '*.playwright.ts',
  outputDir: process.env.PLAYWRIGHT_OUTPUT,
  timeout: 120_000,
  workers: 1,
  reporter: 'line',
  use: { launchOptions },
}
