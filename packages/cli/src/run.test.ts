import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completed, type Command } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp } from './help.ts'
import { readGiven, readLine } from './read-line.ts'
import { widthOf } from './terminal/text.ts'
import { cloudbox } from './testing/cloudbox.ts'

const plain = { paint: (_style: string, text: string) => text, width: 80 }

/** The words of an example, without what a shell does with them. */
function wordsOf(example: string): string[] {
  const [, line] = /(?:^|\s)cloudbox (.*?)(?: <.*)?$/.exec(example)!
  return [...line!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)
}

test('every command has a help of 80 columns, and examples that it can read', async () => {
  assert.ok(commands.length > 30, `${commands.length}`)
  for (const short of commands) {
    const command = await completed(short)
    for (const line of commandHelp(plain, command).split('\n'))
      assert.ok(widthOf(line) <= 80, `${command.name}: ${line}`)
    assert.ok(command.examples.length > 0, command.name)
    for (const example of command.examples.filter(one => !one.includes('$('))) {
      const words = wordsOf(example)
      assert.equal(readLine(commands, words).command, short, example)
      readGiven(command, words)
    }
  }
})

test('an option means the same everywhere: commands are found whatever stands before them', () => {
  const types = new Map<string, string>()
  for (const { options = {} } of commands as readonly Command[])
    for (const [name, { type }] of Object.entries(options)) {
      assert.equal(types.get(name) ?? type, type, name)
      types.set(name, type)
    }
  const line = readLine(commands, ['--project', 'shop', '--json', 'env', 'list'])
  assert.equal(line.command?.name, 'env list')
  assert.equal(line.isJson, true)
})

test('wrong usage ends with 2, says what was meant and prints nothing on standard output', async t => {
  const box = cloudbox(t, 'http://127.0.0.1:9')
  for (const [line, said] of [
    ['enf list', 'Did you mean "cloudbox env"?'],
    ['env lst', 'Did you mean "cloudbox env list"?'],
    ['org role st a b', 'Did you mean "cloudbox org role set"?'],
    ['org role', 'One of: list, set, define, remove.'],
    ['org banana', '"cloudbox org --help" lists what there is.'],
    ['env', 'One of: list, create'],
    ['banana', '"cloudbox --help" lists what there is.'],
    ['env create', 'NAME is missing'],
    ['env create a b', '"b" is one word too many'],
    ['env create a --projct shop', 'Did you mean --project?'],
    ['env list -x', 'has no option -x'],
    ['env list --project', '--project needs a value'],
    ['env list --json=yes', '--json takes no value'],
    ['env list', 'CLOUDBOX_PROJECT'],
    ['org --hlep', 'One of:'],
  ] as const) {
    const { code, stdout, stderr } = await box(line)
    assert.deepEqual([code, stdout], [2, ''], line)
    assert.ok(stderr.includes(said), `${line}: ${stderr}`)
  }
})

test('help and version need no server', async t => {
  const box = cloudbox(t, 'http://127.0.0.1:9')
  for (const line of [
    '',
    '--help',
    'help',
    'org --help',
    'help org',
    'org role --help',
    'env create --help',
    'help env create',
    '--version',
  ])
    assert.deepEqual([(await box(line)).code, (await box(line)).stderr], [0, ''], line)
  assert.match((await box('org --help')).stdout, /org invite/)
  assert.match((await box('env create --help')).stdout, /Usage\n {2}cloudbox env create NAME \[OPTIONS\]/)
  const { commands: told } = (await box('--json')).json<{ commands: { name: string }[] }>()
  assert.equal(told.length, commands.length)
})

test('colours are for terminals that want them', async t => {
  const box = cloudbox(t, 'http://127.0.0.1:9')
  const escape = '\u001B['
  const shown = async (environment: Record<string, string>, types?: string[]) =>
    (await box('--help', types === undefined ? { environment } : { environment, types })).stdout.includes(
      escape,
    )
  assert.equal(await shown({}, []), true)
  assert.equal(await shown({ NO_COLOR: '1' }, []), false)
  assert.equal(await shown({ TERM: 'dumb' }, []), false)
  assert.equal(await shown({}), false)
})
