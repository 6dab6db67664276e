import type { Config } from '../kernel/config.ts'
import type { Connection } from '../kernel/db.ts'
import type { LinkMessage } from '../kernel/link.ts'
import type { Certificate } from '../kernel/tls-contexts.ts'

/** What the first process and its workers tell each other about themselves. */
export type WorkerMessage =
  /** Begin. Everything a worker needs to know. */
  | {
      readonly t: 'worker.start'
      readonly worker: number
      readonly connection: Connection
      readonly config: Config
    }
  /** Show these from now on; with TLS it is told at least once. */
  | { readonly t: 'worker.certificates'; readonly certificates: readonly Certificate[] }
  /** It answers requests now. */
  | { readonly t: 'worker.ready'; readonly url: string }
  | { readonly t: 'worker.failed'; readonly message: string }
  /** Take nobody new, say goodbye, end. */
  | { readonly t: 'worker.drain' }

export function isWorkerMessage(message: LinkMessage): message is WorkerMessage {
  return message.t.startsWith('worker.')
}

/** Where a worker finds its link: the first descriptor after the standard ones. */
export const linkDescriptor = 3
