import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from '../../../testing/test-database.ts'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly body?: string
}

/** Somebody in the web whom things are told. */
export interface Receiver {
  readonly url: string
  readonly received: Received[]
  /** What he answers from now on. */
  answer: Answer
  /** What he answers at some paths instead; null: nothing at all. */
  answers: Readonly<Record<string, Answer | null>>
}

export async function startReceiver({ after }: Cleanup): Promise<Receiver> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString()
      receiver.received.push({ path: request.url ?? '', headers: request.headers, body })
      const answer = receiver.answers[request.url ?? '']
      if (answer === null) return
      const { status, body: said } = answer ?? receiver.answer
      response.writeHead(status).end(said)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(async () => {
    server.closeAllConnections()
    server.close()
  })
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: { status: 204 },
    answers: {},
  }
  return receiver
}
