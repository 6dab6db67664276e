import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { changeToClient } from './benches/change-to-client.ts'
import { requests } from './benches/requests.ts'
import type { Row } from './row.ts'
import { setStage, type Stage } from './stage.ts'

/** Every bench there is: `npm run bench -- get list` runs these two. */
const benches: Record<string, (stage: Stage) => Promise<Row[]>> = {
  get: stage => requests(stage, 'get'),
  list: stage => requests(stage, 'list'),
  insert: stage => requests(stage, 'insert'),
  'change-to-client': changeToClient,
}

const args = process.argv.slice(2)
const asJson = args.includes('--json')
const names = args.filter(arg => !arg.startsWith('--'))
const unknown = names.filter(name => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}\n`,
  )
  process.exit(2)
}

const say = (text: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${text}` : '')
const stage = await setStage(say)
const rows: Row[] = []
try {
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
    say(`measuring ${name}`)
    rows.push(...(await benches[name]!(stage)))
  }
} finally {
  say('')
  await stage.stop()
}

const table = [
  '| figure | value | floor | ratio | aim | met |',
  '|---|--:|--:|--:|---|---|',
  ...rows.map(
    ({ name, value, unit, floor, ratio, aim, met }) =>
      `| ${name} (${unit}) | ${value} | ${floor} | ${ratio} | ${aim} | ${met ? 'yes' : 'no'} |`,
  ),
].join('\n')
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
const day = new Date().toISOString().slice(0, 10)
if (names.length === 0) {
  const results = new URL('../results/', import.meta.url)
  await mkdir(results, { recursive: true })
  await writeFile(new URL('latest.md', results), `${day}, ${machine}\n\n${table}\n`)
}
process.stdout.write(asJson ? `${JSON.stringify({ rows })}\n` : `${day}, ${machine}\n\n${table}\n`)
