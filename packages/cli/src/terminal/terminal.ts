import type { Readable, Writable } from 'node:stream'

export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined }
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }
  readonly stderr: Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

/** Where commands read and write. Answers go to standard output, everything else to standard error. */
export interface Terminal extends Streams {
  /** Whether somebody sits there who can be asked. */
  readonly isInteractive: boolean
  /** Whether lines on standard error may be written over. */
  readonly showsProgress: boolean
  /** Columns of standard output; undefined where lines may have any length. */
  readonly width: number | undefined
  /** Paints for standard output, where that shows colours. */
  paint(style: Style, text: string): string
  /** Paints for standard error. */
  paintError(style: Style, text: string): string
}

export function openTerminal(
  { stdin, stdout, stderr }: Streams,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const { NO_COLOR = '', TERM } = environment
  const mayPaint = NO_COLOR === '' && TERM !== 'dumb'
  const painter = (isTTY: boolean) => (style: Style, text: string) => {
    const [on, off] = codes[style]
    return isTTY && mayPaint && text !== '' ? `\u001B[${on}m${text}\u001B[${off}m` : text
  }
  return {
    stdin,
    stdout,
    stderr,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    showsProgress: stderr.isTTY === true && TERM !== 'dumb',
    width: stdout.isTTY === true ? stdout.columns : undefined,
    paint: painter(stdout.isTTY === true),
    paintError: painter(stderr.isTTY === true),
  }
}
