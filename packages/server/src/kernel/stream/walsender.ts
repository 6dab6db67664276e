import { once } from 'node:events'
import pg from 'pg'
import type { Connection } from '../db.ts'
import { postgresEpochMs } from './decode-pgoutput.ts'
import { publicationName } from './slot.ts'
import type { Lsn } from './lsn.ts'

/** What a replication connection tells. */
export interface WalsenderEvents {
  /** One message of the output plugin. The bytes are only good during the call. */
  data(message: Buffer): void
  /** The server has nothing before this position left to send. */
  alive(end: Lsn): void
  /** The connection is gone. Called once, also after {@link Walsender.close}. */
  ended(reason: string): void
}

/** An open replication connection. */
export interface Walsender {
  /** Names the cluster and the branch of its history: `<system identifier>.<timeline>`. */
  readonly history: string
  /** Tells the server how far it was read and what it may forget, and asks for a sign of life. */
  report(read: Lsn, confirmed: Lsn): void
  /** Ends at once, without a goodbye: for a connection that has gone silent. */
  destroy(): void
  close(): Promise<void>
}

/** What the driver has but its types do not tell. */
interface ReplicationConnection extends NodeJS.EventEmitter {
  readonly stream: { destroy(): void; readonly writable: boolean }
  sendCopyFromChunk(chunk: Buffer): void
}

/** Which changes are sent. */
export interface WalsenderSource {
  readonly slot: string
  /** Not those that carry a replication origin. */
  readonly leavesOutOrigins: boolean
}

/** Starts to read a slot. Resolves once the server has agreed to send; throws the driver's error. */
export async function openWalsender(
  connection: Connection,
  { slot, leavesOutOrigins }: WalsenderSource,
  events: WalsenderEvents,
): Promise<Walsender> {
  const client = new pg.Client({
    ...toDriverConfig(connection),
    application_name: 'cloudbox stream',
    keepAlive: true,
    // Passed through to the startup message; the types of the driver do not know it.
    ...({ replication: 'database' } as object),
  })
  const wire = (client as unknown as { connection: ReplicationConnection }).connection
  let hasStarted = false
  let reason = 'the connection was closed'
  client.on('error', error => {
    reason = error.message
  })
  client.on('end', () => {
    if (hasStarted) events.ended(reason)
  })
  await client.connect()
  try {
    const { rows } = await client.query<{ systemid: string; timeline: number }>('IDENTIFY_SYSTEM')
    wire.on('copyData', ({ chunk }: { chunk: Buffer }) => {
      // w: start, end and time of the log data, then the data. k: end, time, and whether an answer is wanted.
      if (chunk[0] === 0x77) events.data(chunk.subarray(25))
      else if (chunk[0] === 0x6b) events.alive(chunk.readBigUInt64BE(1))
    })
    // Version 1 of the protocol: the later ones differ only in what streams unfinished transactions, which we do not ask for.
    // Position 0/0 means: from what was last confirmed. The statement does not end while the stream runs.
    const origin = leavesOutOrigins ? ", origin 'none'" : ''
    const running = client.query(
      `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '${publicationName}', messages 'true'${origin})`,
    )
    await Promise.race([once(wire, 'replicationStart'), running])
    hasStarted = true
    running
      .catch((error: Error) => {
        reason = error.message
      })
      .finally(() => client.end())
    return {
      history: `${rows[0]!.systemid}.${rows[0]!.timeline}`,
      report: (read, confirmed) => {
        if (wire.stream.writable) wire.sendCopyFromChunk(standbyStatus(read, confirmed))
      },
      destroy: () => wire.stream.destroy(),
      close: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

/** Standby status update: PostgreSQL manual, "Streaming Replication Protocol". */
function standbyStatus(read: Lsn, confirmed: Lsn): Buffer {
  const status = Buffer.alloc(34)
  status[0] = 0x72
  status.writeBigUInt64BE(read, 1)
  status.writeBigUInt64BE(confirmed, 9)
  status.writeBigUInt64BE(confirmed, 17)
  status.writeBigUInt64BE(BigInt(Date.now() - postgresEpochMs) * 1000n, 25)
  status[33] = 1
  return status
}

/** The driver's settings for a connection. */
function toDriverConfig({ host, port, user, password, database, ssl }: Connection): pg.ClientConfig {
  return { host, port, user, password, database, ...(ssl === undefined ? {} : { ssl }) }
}
