// `npm test`: everything, of the templates two (all with TEMPLATES=all). `npm test -- realtime` runs the test files whose path holds one of the words,
// `--name=<pattern>` only the tests whose name matches.
import { availableParallelism } from 'node:os'
import { styleText } from 'node:util'
import { unpackBrowser } from '../e2e/browser.ts'
import { startTestCluster } from '../packages/server/src/testing/test-cluster.ts'
import { houseSteps } from './check-steps.ts'
import { runTestFiles, type TestCounts } from './run-test-files.ts'
import { mark, runSteps } from './steps.ts'
import {
  browserTests,
  longestFirst,
  pureTests,
  serverTests,
  toolTests,
  usualServerTests,
} from './test-files.ts'

const args = process.argv.slice(2)
const words = args.filter(arg => !arg.startsWith('--'))
const namePattern = args.find(arg => arg.startsWith('--name='))?.slice('--name='.length)
const isWhole = args.length === 0

/**
 * A whole run is thousands of tests beside each other, some of them of faults at random: as many files that fail are run once
 * more before the run is judged. What then passes is named in the result all the same: it is a mistake to be mended.
 */
const mostAgain = 4

const startedAt = performance.now()
const total: TestCounts = { passed: 0, failed: 0, skipped: 0 }
let isHouseInOrder = true
const unsteady: string[] = []

// Ends the test database as well: it listens to the end of this process.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

if (isWhole) {
  heading('Check')
  isHouseInOrder = await runSteps(houseSteps)
} else {
  await section('Tools', toolTests, 1)
}
await section('Pure', pureTests, availableParallelism())
// All in one row, so that every processor has work to the end.
await section('Servers', isWhole ? usualServerTests : serverTests, availableParallelism())

const count = total.passed + total.failed
const isGood = isHouseInOrder && total.failed === 0 && total.passed > 0
heading('Result')
const house = isHouseInOrder ? '' : ', but the check failed'
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
for (const file of unsteady)
  console.log(styleText('yellow', `! ${file} failed, and passed when it was run again, alone`))
console.log(count === 0 ? `${mark(false)} no test ran` : `${mark(isGood)} in ${seconds} s${house}`)
// Plain and alone on its line, for programs that read it.
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(isGood ? 0 : 1)

async function section(name: string, all: readonly string[], concurrency: number): Promise<void> {
  const files = longestFirst(all.filter(isWanted))
  if (files.length === 0) return
  heading(name)
  if (files.some(file => browserTests.includes(file))) await unpackBrowser()
  // A Postgres for all: a file that needs one finds it by this variable.
  const cluster = name === 'Servers' ? await startTestCluster() : undefined
  if (cluster !== undefined) process.env['TEST_DATABASE_URL'] = cluster.url
  const counts = { ...(await runTestFiles({ files, concurrency, namePattern })) }
  const { failedFiles } = counts
  if (isWhole && failedFiles.length > 0 && failedFiles.length <= mostAgain) {
    heading(`${name}, again and alone`)
    const again = await runTestFiles({ files: failedFiles, concurrency: 1 })
    unsteady.push(...failedFiles.filter(file => !again.failedFiles.includes(file)))
    counts.passed += counts.failed - again.failed
    counts.failed = again.failed
  }
  delete process.env['TEST_DATABASE_URL']
  await cluster?.stop()
  for (const kind of ['passed', 'failed', 'skipped'] as const) total[kind] += counts[kind]
}

function isWanted(file: string): boolean {
  return words.length === 0 || words.some(word => file.includes(word))
}

function heading(text: string): void {
  console.log(`\n${styleText('bold', text)}`)
}
