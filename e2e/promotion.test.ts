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
import { launchBrowser, picture } from './browser.ts'
import { checkAccessible, confirmByName, isNarrowEnough, openConsole } from './console.ts'

const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
const commentCount = 60

describe('promotion', { timeout: 540_000 }, () => {
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

  test('who may applies and undoes it in the console; a viewer only looks', async () => {
    const promotions = '/projects/blog/environments/production/promotions'
    const open = async ({ email }: TestOperator, options = {}) => {
      const path = '/projects/blog/-/promotions'
      const visitor = await openConsole(browser, server.url, path, { email, password }, options)
      const rows = visitor.page.getByRole('list', { name: 'Promotions to production' }).locator('> li')
      await rows.first().waitFor()
      return { ...visitor, rows }
    }
    const { page, rows, complaints, context } = await open(owner)
    assert.match(await rows.first().innerText(), /From feature-tags[\s\S]*undone/)
    // It was proposed before production was changed and changed back.
    await rows.getByRole('button', { name: /^Apply/ }).click()
    await confirmByName(page, 'production', 'Apply')
    await page.getByRole('dialog').getByText('data/structure-changed').waitFor()
    await picture(page, 'promotion-outdated')
    await page.keyboard.press('Escape')
    // A refused request is the point of this.
    complaints.length = 0

    await page.getByRole('button', { name: 'Propose' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('From').selectOption('feature-tags')
    await dialog.getByRole('button', { name: 'Propose' }).click()
    await rows.nth(2).waitFor()
    const proposal = rows.filter({ hasText: 'proposed' }).first()
    await proposal.getByText('4 changes').click()
    await proposal.getByText('Drop field mood of posts; its values move to the trash.').waitFor()
    await proposal.getByText('doc.title != "Second" || auth.uid != null').waitFor()
    await proposal.getByText('Configuration THEME from unset to dark').waitFor()
    await proposal
      .getByText(/^On a copy: /)
      .first()
      .waitFor()
    await picture(page, 'promotion-proposed')
    await checkAccessible(page)
    await proposal.getByRole('button', { name: /^Apply/ }).click()
    await confirmByName(page, 'production', 'Apply')
    await page.getByText('blog/production has what was proposed now.').waitFor()
    assert.equal(
      ((await ask('production', 'GET', '/data/posts')) as { mood?: string }[]).filter(post => 'mood' in post)
        .length,
      0,
    )

    const look = await open(viewer, { colorScheme: 'dark', viewport: { width: 390, height: 844 } })
    await look.rows.filter({ hasText: 'applied' }).getByText('4 changes').click()
    await picture(look.page, 'promotion-viewer-phone')
    await checkAccessible(look.page)
    assert.ok(await isNarrowEnough(look.page))
    assert.equal(await look.page.getByRole('button', { name: /^(Apply|Undo)/ }).count(), 0)
    const [applied] = (
      (await viewer.ask('GET', promotions)).body as { promotions: { id: string; state: string }[] }
    ).promotions.filter(({ state }) => state === 'applied')
    assert.equal((await viewer.ask('POST', `${promotions}/${applied!.id}/undo`)).status, 403)
    await look.context.close()

    await rows.getByRole('button', { name: /^Undo/ }).click()
    await picture(page, 'promotion-undo')
    await confirmByName(page, 'production', 'Undo')
    await page.getByText('blog/production is as it was before.').waitFor()
    assert.deepEqual(await production(), untouched)
    assert.equal(await rows.getByRole('button', { name: /^Undo/ }).count(), 0)
    assert.deepEqual([...complaints, ...look.complaints], [])
    await context.close()
  })

  test('a repository is connected and let go in the console, and the project is put away', async () => {
    const { page, context, complaints } = await openConsole(browser, server.url, '/projects/blog/-/git', {
      email: owner.email,
      password,
    })
    await page.getByRole('button', { name: 'Connect a repository' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Repository').fill('acme/blog')
    await dialog.getByLabel('Documents').selectOption('sample')
    await dialog.getByLabel('Percent').fill('10')
    await picture(page, 'git-connect')
    await checkAccessible(page)
    await dialog.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('Webhook secret', { exact: true }).waitFor()
    await page.getByText(`${server.url}/v1/platform/git/`).waitFor()
    await picture(page, 'git')
    const { body } = await owner.ask('GET', '/projects/blog/git')
    const { repository, data, samplePercent, from } = body as Record<string, unknown>
    assert.deepEqual([repository, data, samplePercent, from], ['acme/blog', 'sample', 10, 'production'])
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await confirmByName(page, 'blog', 'Disconnect')
    await page.getByText('Follows no repository').waitFor()

    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByLabel('Title').fill('The blog')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'The blog', level: 1 }).waitFor()
    await picture(page, 'project-settings')
    await checkAccessible(page)
    await page.getByRole('button', { name: 'Archive' }).click()
    await page.getByRole('button', { name: 'Open again' }).click()
    await page.getByRole('button', { name: 'Archive' }).waitFor()
    await page.getByRole('button', { name: 'Remove the project' }).click()
    await confirmByName(page, 'blog', 'Remove')
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
    assert.equal((await owner.ask('GET', '/projects/blog')).status, 404)
    // Asking whether a repository is connected is answered with no before it is.
    assert.deepEqual(
      complaints.filter(text => !/404/.test(text)),
      [],
    )
    await context.close()
  })
})
