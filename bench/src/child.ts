import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program of this folder in a process of its own, which has said it is ready. */
export interface Child<Ready> {
  readonly ready: Ready
  readonly process: ChildProcess
  readonly pid: number
  /** Says one line of JSON to it and resolves with the line it answers. One question at a time. */
  ask<T>(question: object): Promise<T>
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
}

/** Starts a program that prints one line of JSON when it is ready. */
export async function startChild<Ready>(
  file: string,
  argument: object = {},
  flags: readonly string[] = [],
): Promise<Child<Ready>> {
  const script = new URL(file, import.meta.url).pathname
  const child = spawn(process.execPath, [...flags, script, JSON.stringify(argument)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${file} ended before it said anything`)
    return JSON.parse(value) as T
  }
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const ready = await next<Ready>()
  return {
    ready,
    process: child,
    pid: child.pid!,
    ask: async question => {
      child.stdin!.write(`${JSON.stringify(question)}\n`)
      return next()
    },
    stop: async () => {
      child.kill('SIGINT')
      await exited
    },
  }
}
