import { auth } from './benches/auth.ts'
import { branch } from './benches/branch.ts'
import { bulk } from './benches/bulk.ts'
import { consolePages } from './benches/console.ts'
import { connections10k } from './benches/connections.ts'
import { fanout } from './benches/fanout.ts'
import { matching } from './benches/matching.ts'
import { memory } from './benches/memory.ts'
import { migrate } from './benches/migrate.ts'
import { monitoring } from './benches/monitoring.ts'
import { requests } from './benches/requests.ts'
import { start } from './benches/start.ts'
import type { Figure } from './figure.ts'
import { describeMachine } from './machine.ts'
import { table, writeReport, type Report } from './report.ts'
import { updateReadme } from './update-readme.ts'

/** Every bench there is: `npm run bench -- requests bulk` runs these two. Each sets its own stage. */
const benches: Record<string, (say: (text: string) => void) => Promise<Report>> = {
  requests,
  fanout,
  matching,
  connections: connections10k,
  auth,
  bulk,
  branch,
  migrate,
  monitoring,
  console: consolePages,
  start,
  memory,
}

const args = process.argv.slice(2)
const asJson = args.includes('--json')
const names = args.filter(arg => !arg.startsWith('--'))
const unknown = [
  ...names.filter(name => !Object.hasOwn(benches, name)),
  ...args.filter(arg => arg.startsWith('--') && arg !== '--json' && arg !== '--readme'),
]
if (unknown.length > 0) {
  process.stderr.write(
    `There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}; --json, --readme.\n`,
  )
  process.exit(2)
}

const say = (text: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${text}` : '')
const machine = await describeMachine()
const rows: (Figure & { bench: string })[] = []
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const report = await benches[name]!(say)
  say('')
  await writeReport(name, report, machine)
  rows.push(...report.figures.map(figure => ({ bench: name, ...figure })))
  if (!asJson) process.stdout.write(`${report.title}\n\n${table(report.figures)}\n\n`)
}
if (args.includes('--readme')) await updateReadme(Object.keys(benches), machine)
process.stdout.write(asJson ? `${JSON.stringify({ rows })}\n` : `${machine}\n`)
