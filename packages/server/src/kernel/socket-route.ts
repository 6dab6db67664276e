import type { Permission } from '@cloudbox/protocol/permissions'
import type { WebSocket } from 'ws'
import type { Duplex } from 'node:stream'
import type { Caller, Environment } from './caller.ts'
import type { Credentials } from './gate.ts'

/** A WebSocket just opened: the handshake is done and the key checked. */
export interface OpenedSocket {
  readonly environment: Environment
  readonly caller: Caller
  /** What the handshake showed. */
  readonly credentials: Credentials
  readonly socket: WebSocket
  /** The raw stream below, for writing ready-made frames to many sockets. */
  readonly stream: Duplex
  readonly ip: string
  readonly userAgent: string
  readonly id: string
}

/** An endpoint that speaks WebSocket, below `/{project}/{environment}/v1`. The key comes as `?apikey=` or header. */
export interface SocketRoute {
  readonly path: string
  /** What keys with a scope need for it. */
  readonly permission: Permission
  readonly summary: string
  open(opened: OpenedSocket): void
}
