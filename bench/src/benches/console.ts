import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchBrowser, visit } from '../../../e2e/browser.ts'
import { signIn } from '../../../e2e/console.ts'
import { compared, median, plain, type Figure } from '../figure.ts'
import { desktop, measurePage, phone, type PageSpeed } from '../page-speed.ts'
import type { Report } from '../report.ts'
import { startWholeServer } from '../whole-server.ts'

const rounds = 5
const documents = 1000
const owner = { email: 'owner@example.com', password: 'a long enough password' }

/** What each page is for is there when this is. */
const pages = [
  { name: 'sign-in', path: '', ready: 'input[type=password]' },
  { name: 'data', path: '/projects/demo/dev/data/orders', ready: '[role=grid] >> text=Order 7' },
  { name: 'monitoring', path: '/projects/demo/dev/monitoring', ready: 'figure canvas' },
  { name: 'SQL', path: '/projects/demo/dev/sql', ready: '.cm-content' },
] as const

/** How fast pages of the console come to somebody who opens them for the first time. */
export async function consolePages(say: (text: string) => void): Promise<Report> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudbox-bench-'))
  const server = await startWholeServer(dataDir, [
    '--owner-email',
    owner.email,
    '--owner-password',
    owner.password,
  ])
  const bare = await serveBarePage()
  const browser = await launchBrowser()
  try {
    await fill(server.ready.environmentUrl, server.ready.secretKey)
    const first = await visit(browser, `${server.ready.url}/console`)
    await signIn(first.page, owner)
    await first.page.getByRole('heading', { name: 'Projects' }).waitFor()
    const storageState = await first.context.storageState()
    await first.context.close()

    const figures: Figure[] = []
    for (const [device, circumstances] of Object.entries({ desktop, phone }))
      for (const { name, path, ready } of pages) {
        const seen: PageSpeed[] = []
        const floor: PageSpeed[] = []
        for (let round = 0; round < rounds; round++) {
          say(`console: ${name}, ${device}, ${round + 1} of ${rounds}`)
          floor.push(await measurePage(browser, bare.url, circumstances, undefined, 'h1'))
          const known = path === '' ? undefined : storageState
          seen.push(
            await measurePage(browser, `${server.ready.url}/console${path}`, circumstances, known, ready),
          )
        }
        const of = (speeds: readonly PageSpeed[], figure: keyof PageSpeed) => speeds.map(one => one[figure])
        const paint = compared(
          `${name}, ${device}: largest paint`,
          'ms',
          of(seen, 'largestPaint'),
          of(floor, 'largestPaint'),
        )
        figures.push(
          { ...paint, aim: '<= 2500', met: paint.value <= 2500 },
          plain(`${name}, ${device}: blocked`, 'ms', median(of(seen, 'blocked')), '<= 200'),
          plain(`${name}, ${device}: complete`, 'ms', median(of(seen, 'complete'))),
        )
      }
    return {
      title: 'Pages of the console',
      about: `Each page opened ${rounds} times by a browser that has never been there, by somebody who is signed in (but for the sign-in): when the largest thing of the first view was painted (good is below 2,500 ms), for how long tasks beyond 50 ms kept the page from hearing anybody (good is below 200 ms), and when what the page is for was there. The phone is what Lighthouse takes for one: a processor four times slower, 1.6 Mbit/s, 150 ms a round trip. The floor is a bare page of one heading, served by \`node:http\`, in the same circumstances. Medians.`,
      figures,
    }
  } finally {
    await browser.close()
    bare.close()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function serveBarePage(): Promise<{ url: string; close(): void }> {
  const html = '<!doctype html><html lang="en"><title>Bare</title><h1>Nothing but a heading</h1></html>'
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() }
}

async function fill(environmentUrl: string, secretKey: string): Promise<void> {
  const post = async (path: string, body: object) => {
    const headers = { apikey: secretKey, 'content-type': 'application/json' }
    const response = await fetch(`${environmentUrl}/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(await response.text())
  }
  await post('/data/$collections', {
    name: 'orders',
    fields: { title: { type: 'text' }, total: { type: 'decimal' }, paid: { type: 'boolean' } },
  })
  for (let i = 0; i < documents; i++)
    await post('/data/orders', { title: `Order ${i}`, total: `${i}.50`, paid: i % 3 === 0 })
}
