import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { cloudbox } from '../testing/cloudbox.ts'

const box = cloudbox({ after }, 'http://localhost:1')
const create = (line: string, options = {}) => box(`create ${line} --no-install --no-git`, options)
const read = (path: string) => readFileSync(join(box.folder, path), 'utf8')

test('an app has the files of its template and the shared ones, its own name and no placeholder', async () => {
  const { code, stdout } = await create('first --template vue')
  assert.equal(code, 0)
  assert.match(stdout, /cd first\n {2}npm install\n {2}npm run dev/)
  const manifest = JSON.parse(read('first/package.json')) as Record<string, Record<string, string>>
  assert.equal(manifest['name'], 'first')
  assert.equal(manifest['dependencies']!['@cloudbox/client'], manifest['devDependencies']!['cloudbox-cli'])
  assert.match(manifest['dependencies']!['@cloudbox/client']!, /^\^\d/)
  assert.match(read('first/.gitignore'), /^\.env\.local$/m)
  assert.match(read('first/cloudbox/schema.ts'), /defineSchema/)
  assert.match(read('first/README.md'), /^# first\n/)
  assert.match(read('first/src/style.css'), /\.pane/)
  for (const path of readdirSync(join(box.folder, 'first'), { recursive: true, withFileTypes: true }))
    if (path.isFile() && !path.name.endsWith('.vue'))
      assert.doesNotMatch(readFileSync(join(path.parentPath, path.name), 'utf8'), /\{\{\w+\}\}/, path.name)
  assert.ok(!existsSync(join(box.folder, 'first', 'template.json')))
})

test('--json tells what was made, and the package manager it was started with is used', async () => {
  const environment = { npm_config_user_agent: 'pnpm/11.2.0 npm/? node/v24.1.0 linux x64' }
  const { json } = await create('second --json', { environment })
  assert.deepEqual(json(), {
    name: 'second',
    folder: join(box.folder, 'second'),
    template: 'react',
    packageManager: 'pnpm',
    isInstalled: false,
    isRepository: false,
    next: ['cd second', 'pnpm install', 'pnpm dev'],
  })
})

test('somebody at a terminal is asked for the folder and for the template', async () => {
  const { code, stderr } = await create('', { types: ['third', '\u001B[B\u001B[B\u001B[A'] })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /Folder of the app[^]*Template:/)
  const usual = await create('', { types: ['fourth', ''] })
  assert.equal(usual.code, 0, usual.stderr)
  assert.ok('react' in (JSON.parse(read('fourth/package.json')) as { dependencies: object }).dependencies)
  const numbered = await create('', { types: ['fifth', '2'] })
  assert.equal(numbered.code, 0, numbered.stderr)
  assert.equal(
    read('fifth/package.json').replaceAll('fifth', ''),
    read('third/package.json').replaceAll('third', ''),
  )
})

test('Ctrl-C at the question leaves nothing behind', async () => {
  const { code, stderr } = await create('sixth', { types: ['\u0003'] })
  assert.equal(code, 1)
  assert.match(stderr, /cli\/interrupted/)
  assert.ok(!existsSync(join(box.folder, 'sixth')))
})

test('what cannot be is refused, each with what to do, and nothing is made', async () => {
  for (const [line, expected, hint] of [
    ['', 'usage', /cloudbox create my-app/],
    ['app --template nextj', 'unknown-template', /--template nextjs/],
    ['app --template cobol', 'unknown-template', /One of: react, /],
    ['My_App', 'usage', /my-app/],
    ['node_modules', 'usage', /node-modules/],
    ['full', 'folder-not-empty', /another folder/],
    ['file', 'folder-not-empty', /another folder/],
  ] as const) {
    mkdirSync(join(box.folder, 'full'), { recursive: true })
    writeFileSync(join(box.folder, 'full', 'letter.txt'), 'Dear Ada')
    writeFileSync(join(box.folder, 'file'), '')
    const before = readdirSync(box.folder).toSorted()
    const { code, json } = await create(`${line} --json`)
    const { error } = json<{ error: { code: string; hint: string } }>()
    assert.deepEqual([error.code, code], [`cli/${expected}`, expected === 'folder-not-empty' ? 1 : 2], line)
    assert.match(error.hint, hint)
    assert.deepEqual(readdirSync(box.folder).toSorted(), before)
  }
  assert.equal(read('full/letter.txt'), 'Dear Ada')
})

test('when installing fails everything is as it was before', async () => {
  const packages = join(box.folder, 'packages')
  mkdirSync(packages)
  writeFileSync(join(packages, 'cloudbox-client-0.0.0.tgz'), 'no package at all')
  mkdirSync(join(box.folder, 'kept', '.git'), { recursive: true })
  for (const [folder, isThere] of [
    ['deep/er/app', false],
    ['kept', true],
  ] as const) {
    const { code, stderr } = await box(`create ${folder} --template html`, {
      environment: { CLOUDBOX_PACKAGES: packages },
    })
    assert.equal(code, 1)
    assert.match(stderr, /cli\/install-failed/)
    assert.equal(existsSync(join(box.folder, folder.split('/')[0]!)), isThere)
  }
  assert.deepEqual(readdirSync(join(box.folder, 'kept')), ['.git'])
})
