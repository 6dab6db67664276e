import { run } from 'node:test'
import type { EventData } from 'node:test'
import { relative, resolve } from 'node:path'
import { inspect, styleText } from 'node:util'
import { mark } from './steps.ts'

export interface TestRunOptions {
  readonly files: readonly string[]
  /** How many files at once. */
  readonly concurrency: number
  /** Only tests whose name matches. */
  readonly namePattern?: string | undefined
}

export interface TestCounts {
  passed: number
  failed: number
  skipped: number
}

/** A file that takes longer hangs. */
const fileTimeoutMs = 300_000
/** Then it is ended, and this runner would wait for whatever it had started: not longer than this. */
const patienceMs = fileTimeoutMs + 30_000

/** Runs test files, each in a process of its own; prints a line per file, and in full what failed. */
export async function runTestFiles(options: TestRunOptions): Promise<TestCounts> {
  const total: TestCounts = { passed: 0, failed: 0, skipped: 0 }
  const files = new Map<string, FileResult>()
  const told = new Set<string>()
  const resultOf = (given = '') => {
    const file = resolve(given)
    const known = files.get(file) ?? { passed: 0, failed: 0, skipped: 0, output: [] }
    files.set(file, known)
    return known
  }
  const stream = run({
    files: [...options.files],
    concurrency: options.concurrency,
    timeout: fileTimeoutMs,
    ...(options.namePattern === undefined ? {} : { testNamePatterns: [new RegExp(options.namePattern)] }),
  })
  const count = (kind: keyof TestCounts, file: string | undefined) => {
    total[kind]++
    resultOf(file)[kind]++
  }
  const open = new Set<string>()
  for await (const { type, data } of untilSilent(stream, patienceMs)) {
    if (type === 'test:dequeue' && isFile(data)) open.add(data.file!)
    if (type === 'test:complete' && isFile(data)) open.delete(data.file!)
    if (type === 'test:stdout' || type === 'test:stderr') {
      resultOf(data.file).output.push(data.message)
    } else if (type === 'test:summary' && data.file !== undefined) {
      report(data.file, resultOf(data.file), data.duration_ms)
      told.add(resolve(data.file))
    } else if (type === 'test:pass' || type === 'test:fail') {
      const failure = type === 'test:fail' ? failureText(data as EventData.TestFail) : undefined
      if (isFile(data)) {
        if (failure === undefined && options.namePattern !== undefined) continue
        // It ended badly outside of any test, or holds none.
        count('failed', data.file)
        resultOf(data.file).output.push(failure ?? '  it holds no test\n')
        report(data.file!, resultOf(data.file), data.details.duration_ms)
        told.add(resolve(data.file!))
      } else if (!isGroup(data)) {
        const isSkipped = data.skip !== undefined || data.todo !== undefined
        count(isSkipped ? 'skipped' : failure === undefined ? 'passed' : 'failed', data.file)
        if (failure !== undefined && !isSkipped) resultOf(data.file).output.push(failure)
      }
    }
  }
  for (const file of open) {
    if (told.has(resolve(file)) && resultOf(file).failed > 0) continue
    count('failed', file)
    resultOf(file).output.push('  it does not end: a process that it started goes on\n')
    report(file, resultOf(file), patienceMs)
    told.add(resolve(file))
  }
  // A test counts for the file that declares it: a table of tests, such as testing/scenario.ts, is no test file itself.
  for (const [file, result] of files) {
    if (!told.has(file) && result.failed > 0) report(file, result, 0)
  }
  return total
}

/** Everything a stream gives, until it has given nothing for a while. */
async function* untilSilent<T>(stream: AsyncIterable<T>, patienceMs: number): AsyncGenerator<T> {
  const silent = Symbol('silent')
  const events = stream[Symbol.asyncIterator]()
  for (;;) {
    let timer: NodeJS.Timeout | undefined
    const waited = new Promise<typeof silent>(resolve => (timer = setTimeout(resolve, patienceMs, silent)))
    const next = await Promise.race([events.next(), waited])
    clearTimeout(timer)
    if (next === silent || next.done === true) return
    yield next.value
  }
}

interface FileResult extends TestCounts {
  /** What the file wrote, and its failures: shown when one failed. */
  readonly output: string[]
}

type TestEvent = EventData.TestPass | EventData.TestFail

/** The file itself: told only when it ended badly or holds no test. */
function isFile({ name, file }: Pick<TestEvent, 'name' | 'file'>): boolean {
  return file !== undefined && resolve(name) === file
}

/** A suite, or a test that failed only because one inside it did: what counts are the tests in it. */
function isGroup({ details }: TestEvent): boolean {
  const { error } = details as { error?: { failureType?: string } }
  return error?.failureType === 'subtestsFailed' || (details.type === 'suite' && error === undefined)
}

function report(file: string, { passed, failed, skipped, output }: FileResult, durationMs: number): void {
  const seconds = styleText('dim', `${(durationMs / 1000).toFixed(1)} s`)
  const skips = skipped === 0 ? '' : styleText('yellow', ` ${skipped} skipped`)
  console.log(`${mark(failed === 0)} ${relative(process.cwd(), file)} ${passed}${skips} ${seconds}`)
  if (failed > 0) console.log(output.join('').trimEnd())
}

function failureText({ name, details: { error }, line, column }: EventData.TestFail): string {
  const cause = error.cause ?? error
  const place = line === undefined ? '' : styleText('dim', ` (line ${line}:${column})`)
  return `  ${styleText('red', name)}${place}\n${indent(inspect(cause, { colors: process.stdout.isTTY, depth: 4 }))}\n`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
