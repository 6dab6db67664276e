import type { ServerFrame } from '@cloudbox/protocol/realtime'
import type { Carrier, LineEvents } from './line.ts'

/** Carries frames by a WebSocket. */
export function carryBySocket(socket: WebSocket, events: LineEvents): Carrier {
  socket.addEventListener('open', () => events.opened())
  socket.addEventListener('message', ({ data }) => events.frame(JSON.parse(String(data)) as ServerFrame))
  socket.addEventListener('close', ({ code, reason }) => events.closed(code, reason))
  socket.addEventListener('error', () => events.closed(1006, ''))
  return {
    send: frames => frames.forEach(frame => socket.send(JSON.stringify(frame))),
    close: () => socket.close(),
  }
}
