import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
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

export interface TestResult extends TestCounts {
  /** Those with a test that failed, as they were given. */
  readonly failedFiles: readonly string[]
}

/** A test that takes longer hangs, unless it says how long it may take. */
const testTimeoutMs = 300_000
/** A file that takes longer hangs. */
const fileTimeoutMs = 600_000 * Math.max(1, Number(process.env['FAULT_ROUNDS'] ?? 1))
/** Beyond that, for a file to end by itself with all it has started. */
const endMs = 30_000

/** Runs test files, each in a process of its own; prints a line per file, and in full what failed. */
export async function runTestFiles(options: TestRunOptions): Promise<TestResult> {
  const total: TestCounts = { passed: 0, failed: 0, skipped: 0 }
  const failedFiles = new Set<string>()
  const files = new Map<string, FileResult>()
  const told = new Set<string>()
  const resultOf = (given = '') => {
    const file = resolve(given)
    const known = files.get(file) ?? { passed: 0, failed: 0, skipped: 0, output: [] }
    files.set(file, known)
    return known
  }
  process.env['TEST_FILE_TIMEOUT_MS'] = String(fileTimeoutMs)
  // Most files load the whole server: reading and compiling it once is enough.
  process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/compiled')
  subscribe('child_process', endWhenStuck)
  const stream = run({
    files: [...options.files],
    concurrency: options.concurrency,
    timeout: testTimeoutMs,
    execArgv: ['--import', new URL('./test-process.ts', import.meta.url).href],
    ...(options.namePattern === undefined ? {} : { testNamePatterns: [new RegExp(options.namePattern)] }),
  })
  const count = (kind: keyof TestCounts, file: string | undefined) => {
    total[kind]++
    resultOf(file)[kind]++
  }
  for await (const { type, data } of stream) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      resultOf(data.file).output.push(data.message)
    } else if (type === 'test:summary' && data.file !== undefined) {
      report(data.file, resultOf(data.file), data.duration_ms)
      told.add(resolve(data.file))
      if (!data.success) failedFiles.add(resolve(data.file))
    } else if (type === 'test:pass' || type === 'test:fail') {
      const failure = type === 'test:fail' ? failureText(data as EventData.TestFail) : undefined
      if (isFile(data)) {
        if (failure === undefined && options.namePattern !== undefined) continue
        // It ended badly outside of any test, or holds none.
        count('failed', data.file)
        resultOf(data.file).output.push(failure ?? '  it holds no test\n')
        report(data.file!, resultOf(data.file), data.details.duration_ms)
        told.add(resolve(data.file!))
        failedFiles.add(resolve(data.file!))
      } else if (!isGroup(data)) {
        const isSkipped = data.skip !== undefined || data.todo !== undefined
        count(isSkipped ? 'skipped' : failure === undefined ? 'passed' : 'failed', data.file)
        if (failure !== undefined && !isSkipped) resultOf(data.file).output.push(failure)
      }
    }
  }
  // A test counts for the file that declares it: a table of tests, such as testing/scenario.ts, is no test file itself.
  for (const [file, result] of files) {
    if (!told.has(file) && result.failed > 0) report(file, result, 0)
  }
  unsubscribe('child_process', endWhenStuck)
  return { ...total, failedFiles: options.files.filter(file => failedFiles.has(resolve(file))) }
}

/** Ends the process of a test file that cannot end itself, as in a loop without end. */
function endWhenStuck(message: unknown): void {
  const { process: child } = message as { process: ChildProcess }
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    // Whoever else holds them is not waited for.
    child.stdout?.destroy()
    child.stderr?.destroy()
  }, fileTimeoutMs + endMs)
  child.once('exit', () => clearTimeout(timer))
}

interface FileResult extends TestCounts {
  /** What the file wrote, and its failures: shown when one failed. */
  readonly output: string[]
}

type TestEvent = EventData.TestPass | EventData.TestFail

/** The file itself: told only when it ended badly or holds no test. */
function isFile({ name, file }: TestEvent): boolean {
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
