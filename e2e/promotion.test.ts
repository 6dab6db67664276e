import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import {
  join as joinOrganisation,
  password,
  setUpOwner,
  type TestOperator,
} from '@cloudbox/server/testing/management'
import { startTestServer, type TestServer } from '@cloudbox/server/testing/start-test-server'
import { launchBrowser, picture, visit } from './browser.ts'

const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
const commentCount = 60

describe('promotion', { timeout: 300_000 }, () => {
  let server: TestServer
  let browser: Browser
  let folder: string
  let owner: TestOperator
  let viewer: TestOperator
  const ending: (() => unknown)[] = []

  before(async () => {
    server = await startTestServer({ after: work => void ending.push(work) })
    folder = await mkdtemp(join(tmpdir(), 'cloudbox-promotion-'))
    owner = await setUpOwner(server)
    viewer = await joinOrganisation(server, owner, 'acme', 'vera@example.com', 'viewer')
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    for (const work of ending) await work()
    await rm(folder, { recursive: true, force: true })
  })

  /** The command line, as it is in a terminal of a pipeline. */
  const cloudbox = (...words: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
      const env = {
        PATH: process.env.PATH,
        XDG_CONFIG_HOME: folder,
        CLOUDBOX_URL: server.url,
        CLOUDBOX_PROJECT: 'blog',
        CLOUDBOX_EMAIL: owner.email,
        CLOUDBOX_PASSWORD: password,
      }
      execFile(process.execPath, [main, ...words], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
      )
    })
  const good = async (...words: string[]) => {
    const { code, stdout, stderr } = await cloudbox(...words)
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`)
    return `${stdout}${stderr}`
  }
  const ask = async (environment: string, method: string, path: string, body?: unknown) => {
    const answer = await owner.askIn(`blog/${environment}`, method, path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  /** Everything a visitor and an administrator see of production. */
  const production = async () => ({
    posts: await ask('production', 'GET', '/data/posts?order=title'),
    comments: await ask('production', 'GET', `/data/comments?order=text&limit=${commentCount}`),
    structure: (
      (await ask('production', 'GET', '/data/$collections')) as {
        collections: { name: string; fields: object; policies: object }[]
      }
    ).collections.map(({ name, fields, policies }) => ({ name, fields, policies })),
  })
  let untouched: Awaited<ReturnType<typeof production>>

  test('a branch is made from production with a sample of its data', async () => {
    await owner.ask('POST', '/organisations/acme/projects', { name: 'blog' })
    await good('login')
    await good('env', 'create', 'production')
    await ask('production', 'POST', '/data/$collections', {
      name: 'posts',
      fields: {
        title: { type: 'text', required: true },
        author: { type: 'email', pii: true },
        mood: { type: 'text' },
      },
      policies: { list: 'public("a blog is for all")' },
    })
    await ask('production', 'POST', '/data/$collections', {
      name: 'comments',
      fields: { text: { type: 'text' }, post: { type: 'relation', to: 'posts', required: true } },
    })
    const posts = (await ask('production', 'POST', '/data/posts', [
      { title: 'First', author: 'ada@example.com', mood: 'glad' },
      { title: 'Second', author: 'grace@example.com', mood: 'tired' },
    ])) as { id: string }[]
    const comments = Array.from({ length: commentCount }, (_, n) => ({
      text: `comment ${String(n).padStart(2, '0')}`,
      post: posts[n % 2]!.id,
    }))
    await ask('production', 'POST', '/data/comments', comments)
    untouched = await production()

    await good('env', 'create', 'feature-tags', '--from', 'production', '--sample', '30%')
    const sample = (await ask('feature-tags', 'GET', '/data/comments?limit=100')) as { post: string }[]
    const branched = (await ask('feature-tags', 'GET', '/data/posts')) as { id: string; author: string }[]
    assert.ok(sample.length > 0 && sample.length < commentCount, `${sample.length}`)
    const ids = new Set(branched.map(({ id }) => id))
    assert.ok(sample.every(({ post }) => ids.has(post)))
    assert.ok(branched.every(({ author }) => /^u[0-9a-f]+@example\.com$/.test(author)))
  })

  test('a migration is tried there and its plan is shown; production does not notice', async () => {
    await ask('feature-tags', 'PATCH', '/data/$collections/posts', {
      fields: { tags: { type: 'text', list: true }, mood: null },
      policies: { list: 'doc.title != "Second" || auth.uid != null' },
    })
    await ask('feature-tags', 'POST', '/data/posts', { title: 'Third', tags: ['new'] })
    await good('vars', 'set', 'THEME', '--value', 'dark', '--env', 'feature-tags')
    await good('secrets', 'set', 'MAIL_KEY', '--value', 'mk_1', '--env', 'feature-tags')

    const plan = await good('env', 'promote', 'feature-tags', 'production', '--plan')
    for (const said of [
      /feature-tags → blog\/production/,
      /Add field tags \(list of text\) to posts\./,
      /! \d +Drop field mood of posts; its values move to the trash\./,
      /\+ doc\.title != "Second"/,
      /2 documents/,
      /THEME {2}unset → dark/,
      /MAIL_KEY/,
      /cloudbox env apply production [0-9a-f]{8}/,
    ])
      assert.match(plan, said)
    assert.ok(!plan.includes('mk_1'))
    assert.deepEqual(await production(), untouched)
  })

  test('it is promoted, and undone: production is what it was', async () => {
    await good('env', 'promote', 'feature-tags', 'production', '--yes', 'production')
    const promoted = await production()
    const posts = promoted.posts as { title: string; mood?: string; tags?: unknown }[]
    assert.deepEqual(
      posts.map(({ title }) => title),
      ['First', 'Second'],
      'documents stay where they are',
    )
    assert.ok(posts.every(post => 'tags' in post && !('mood' in post)))
    assert.deepEqual(promoted.comments, untouched.comments)

    await good('env', 'undo', 'production', '--yes', 'production')
    assert.deepEqual(await production(), untouched)
    assert.match(await good('env', 'promotions', 'production'), /feature-tags +undone/)
  })

  test('who may applies and undoes it on the home page; a viewer only looks', async () => {
    const promotions = '/projects/blog/environments/production/promotions'
    const open = async ({ email }: TestOperator, options = {}) => {
      const { page, context, complaints } = await visit(browser, `${server.url}/v1/platform/home`, options)
      await page.getByLabel('E-mail').fill(email)
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      const button = page.getByRole('button', { name: 'Promotions to blog/production' })
      await button.click()
      const rows = page.getByRole('list', { name: 'Promotions to production' }).locator('> li')
      await rows.first().waitFor()
      return { page, context, complaints, rows, button }
    }
    const { page, rows, complaints, context, button } = await open(owner)
    assert.match(await rows.first().innerText(), /From feature-tags[\s\S]*undone/)
    // It was proposed before production was changed and changed back.
    await rows.getByRole('button', { name: /^Apply/ }).click()
    await rows.getByRole('button', { name: /^Really apply/ }).click()
    await page.getByRole('alert').getByText('data/structure-changed').waitFor()
    await picture(page, 'promotion-outdated')
    // A refused request is the point of this.
    complaints.length = 0

    await good('env', 'promote', 'feature-tags', 'production', '--plan')
    await button.click()
    await button.click()
    const proposal = rows.filter({ hasText: 'proposed' }).first()
    await rows.nth(2).waitFor()
    await proposal.getByText('4 changes').click()
    await proposal.getByText('Drop field mood of posts; its values move to the trash.').waitFor()
    await proposal.getByText('doc.title != "Second" || auth.uid != null').waitFor()
    await proposal.getByText('Configuration THEME from unset to dark').waitFor()
    await picture(page, 'promotion-proposed')
    await proposal.getByRole('button', { name: /^Apply/ }).click()
    await proposal.getByRole('button', { name: /^Really apply/ }).click()
    await page.getByText('blog/production has what was proposed now.').waitFor()
    assert.equal(
      ((await ask('production', 'GET', '/data/posts')) as { mood?: string }[]).filter(post => 'mood' in post)
        .length,
      0,
    )

    const look = await open(viewer, { colorScheme: 'dark', viewport: { width: 390, height: 844 } })
    await look.rows.filter({ hasText: 'applied' }).getByText('4 changes').click()
    await look.button.scrollIntoViewIfNeeded()
    await picture(look.page, 'promotion-viewer-phone')
    assert.ok(await look.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    assert.equal(await look.page.getByRole('button', { name: /^(Apply|Undo)/ }).count(), 0)
    const [applied] = (
      (await viewer.ask('GET', promotions)).body as { promotions: { id: string; state: string }[] }
    ).promotions.filter(({ state }) => state === 'applied')
    assert.equal((await viewer.ask('POST', `${promotions}/${applied!.id}/undo`)).status, 403)
    await look.context.close()

    await rows.getByRole('button', { name: /^Undo/ }).click()
    await picture(page, 'promotion-undo')
    await rows.getByRole('button', { name: /^Really undo/ }).click()
    await page.getByText('blog/production is as it was before.').waitFor()
    assert.deepEqual(await production(), untouched)
    assert.equal(await rows.getByRole('button', { name: /^Undo/ }).count(), 0)
    assert.deepEqual([...complaints, ...look.complaints], [])
    await context.close()
  })
})
