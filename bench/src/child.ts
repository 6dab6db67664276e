import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program of this folder in a process of its own, which has said it is ready. */
export interface Child<Ready> {
  readonly ready: Ready
  readonly process: ChildProcess
  /** Resolves with the next line of JSON it prints. */
  next<T>(): Promise<T>
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
}

/** Starts a program that prints one line of JSON when it is ready. */
export async function startChild<Ready>(file: string, argument: object = {}): Promise<Child<Ready>> {
  const script = new URL(file, import.meta.url).pathname
  const child = spawn(process.execPath, [script, JSON.stringify(argument)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${file} ended before it said anything`)
    return JSON.parse(value) as T
  }
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGINT')
    await exited
  }
  return { ready: await next<Ready>(), process: child, next, stop }
}
