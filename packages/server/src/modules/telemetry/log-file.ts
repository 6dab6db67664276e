import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { lineText, type Log, type LogLine } from '../../kernel/log.ts'

export interface LogFileOptions {
  readonly path: string
  readonly mostBytes: number
  /** Files put aside that are kept; `<path>.1` is the newest. */
  readonly kept: number
  readonly log: Log
}

/** How long lines wait for others, so that many are written at once. */
const gatherMs = 200

/**
 * Writes lines into a file, which is put aside when it is full. What cannot be written is counted, told once, and lost:
 * nobody waits for a log.
 */
export class LogFile {
  readonly #options: LogFileOptions
  #file: FileHandle | undefined
  #bytes = 0
  #waiting: string[] = []
  #timer: NodeJS.Timeout | undefined
  #written: Promise<void> = Promise.resolve()
  #lost = 0

  private constructor(options: LogFileOptions) {
    this.#options = options
  }

  /** @throws Error of the system when it cannot be opened */
  static async open(options: LogFileOptions): Promise<LogFile> {
    const file = new LogFile(options)
    await file.#open()
    return file
  }

  write(line: LogLine): void {
    this.#waiting.push(`${lineText(line)}\n`)
    this.#timer ??= setTimeout(() => this.#gathered(), gatherMs).unref()
  }

  async close(): Promise<void> {
    this.#gathered()
    await this.#written
    await this.#close()
  }

  #gathered(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#waiting.splice(0)
    if (lines.length > 0) this.#written = this.#written.then(() => this.#put(lines))
  }

  async #put(lines: readonly string[]): Promise<void> {
    const text = Buffer.from(lines.join(''))
    const { log, mostBytes } = this.#options
    try {
      if (this.#bytes > 0 && this.#bytes + text.length > mostBytes) await this.#turn()
      if (this.#file === undefined) await this.#open()
      await this.#file!.appendFile(text)
      this.#bytes += text.length
      if (this.#lost > 0) log.info('telemetry.log-file-works', { lost: this.#lost })
      this.#lost = 0
    } catch (error) {
      if (this.#lost === 0) log.warn('telemetry.log-file-failed', { error })
      this.#lost += lines.length
    }
  }

  async #open(): Promise<void> {
    // Who else may read the log of a server is for its owner to say.
    this.#file = await open(this.#options.path, 'a', 0o600)
    this.#bytes = (await this.#file.stat()).size
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #turn(): Promise<void> {
    const { path, kept } = this.#options
    await this.#close()
    await rm(`${path}.${kept}`, { force: true })
    for (let n = kept - 1; n >= 1; n--) await moveIfThere(`${path}.${n}`, `${path}.${n + 1}`)
    await moveIfThere(path, `${path}.1`)
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
