import type { Socket } from 'node:net'
import { httpProblems } from '@cloudbox/protocol/http'
import { Problem } from './problem.ts'

/** Answers what never became a request: bytes that are no HTTP, headers without end, a body that does not come. */
export function refuseRequest(error: { readonly code?: string }, socket: Socket): void {
  // A peer that is gone, or in the middle of an answer, cannot be told.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const { kind, ...problem } = problemOf(error.code)
  const body = JSON.stringify(new Problem(kind, problem.detail).toBody())
  const head = [
    `HTTP/1.1 ${kind.status} ${kind.title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function problemOf(code: string | undefined) {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { kind: httpProblems['slow-request'], detail: 'The request did not arrive in time.' }
  if (code === 'HPE_HEADER_OVERFLOW')
    return { kind: httpProblems['headers-too-large'], detail: 'The headers are too large.' }
  return { kind: httpProblems['bad-request'], detail: 'The request cannot be read.' }
}
