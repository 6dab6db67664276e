import { run } from 'node:test'
import type { EventData } from 'node:test'
import { relative } from 'node:path'
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

/** Runs test files, each in a process of its own; prints a line per file, and in full what failed. */
export async function runTestFiles(options: TestRunOptions): Promise<TestCounts> {
  const total: TestCounts = { passed: 0, failed: 0, skipped: 0 }
  const files = new Map<string, FileResult>()
  const resultOf = (file: string | undefined) => {
    const name = file === undefined ? '' : relative(process.cwd(), file)
    const known = files.get(name) ?? { passed: 0, failed: 0, skipped: 0, output: [] }
    files.set(name, known)
    return known
  }
  const stream = run({
    files: [...options.files],
    concurrency: options.concurrency,
    timeout: fileTimeoutMs,
    ...(options.namePattern === undefined ? {} : { testNamePatterns: [options.namePattern] }),
  })
  for await (const { type, data } of stream) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      resultOf(data.file).output.push(data.message)
    } else if (type === 'test:pass' || type === 'test:fail') {
      if (isWrapper(data)) continue
      const kind =
        data.skip !== undefined || data.todo !== undefined
          ? 'skipped'
          : type === 'test:pass'
            ? 'passed'
            : 'failed'
      total[kind]++
      const result = resultOf(data.file)
      result[kind]++
      if (kind === 'failed') result.output.push(failureText(data as EventData.TestFail))
    } else if (type === 'test:summary' && data.file !== undefined) {
      report(relative(process.cwd(), data.file), resultOf(data.file), data.duration_ms)
    }
  }
  return total
}

interface FileResult extends TestCounts {
  /** What the file wrote, and its failures: shown when one failed. */
  readonly output: string[]
}

/** A test that only holds others, a suite, or the file itself: what counts are the tests in it. */
function isWrapper({ details, name, file }: EventData.TestPass | EventData.TestFail): boolean {
  const { error } = details as { error?: { failureType?: string } }
  if (error?.failureType === 'subtestsFailed') return true
  if (details.type === 'suite') return error === undefined
  return error === undefined && file !== undefined && name === file
}

function report(file: string, { passed, failed, skipped, output }: FileResult, durationMs: number): void {
  const seconds = styleText('dim', `${(durationMs / 1000).toFixed(1)} s`)
  const skips = skipped === 0 ? '' : styleText('yellow', ` ${skipped} skipped`)
  console.log(`${mark(failed === 0)} ${file} ${passed}${skips} ${seconds}`)
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
