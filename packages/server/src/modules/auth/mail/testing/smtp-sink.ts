import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Cleanup } from '../../../../testing/test-database.ts'

/** A mail as it came over the line. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** Headers and body, lines joined with `\n`. */
  readonly source: string
}

/** An SMTP server that keeps what it gets. It has no TLS. */
export interface SmtpSink {
  /** `smtp://127.0.0.1:port` */
  readonly url: string
  readonly received: readonly ReceivedMail[]
  /** Everything clients said, line by line, contents of mails left out. */
  readonly commands: readonly string[]
  /** What it says after the next mails instead of taking them, e.g. `451 later`. */
  readonly refusals: string[]
  /** Resolves when so many mails have come, since the start. */
  until(count: number): Promise<void>
}

export async function startSmtpSink(cleanup: Cleanup): Promise<SmtpSink> {
  const received: ReceivedMail[] = []
  const commands: string[] = []
  const refusals: string[] = []
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()

  const serve = async (socket: Socket) => {
    const say = (line: string) => socket.write(`${line}\r\n`)
    let [from, to, content]: [string, string[], string[] | undefined] = ['', [], undefined]
    say('220 sink')
    for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
      if (content !== undefined) {
        if (line !== '.') {
          content.push(line.replace(/^\.\./, '.'))
          continue
        }
        const refusal = refusals.shift()
        if (refusal === undefined) received.push({ from, to, source: content.join('\n') })
        content = undefined
        say(refusal ?? '250 kept')
        for (const look of waiting) look()
        continue
      }
      commands.push(line)
      const [verb = ''] = line.toUpperCase().split(/[ :]/)
      const address = /<(.*?)>/.exec(line)?.[1] ?? ''
      if (verb === 'EHLO') say('250-sink\r\n250-AUTH PLAIN\r\n250 SMTPUTF8')
      else if (verb === 'AUTH') say('235 welcome')
      else if (verb === 'STARTTLS') say('502 no')
      else if (verb === 'DATA') {
        content = []
        say('354 go on')
      } else if (verb === 'QUIT') {
        say('221 bye')
        socket.end()
      } else {
        if (verb === 'MAIL') [from, to] = [address, []]
        if (verb === 'RCPT') to.push(address)
        say('250 ok')
      }
    }
  }

  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    serve(socket).catch(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.after(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    commands,
    refusals,
    until: count =>
      new Promise(resolve => {
        const look = () => {
          if (received.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
