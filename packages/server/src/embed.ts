import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Clock } from './kernel/clock.ts'
import { readConfig } from './kernel/config.ts'
import type { Connection } from './kernel/db.ts'
import type { Log } from './kernel/log.ts'
import { modules } from './modules/index.ts'
import { createServer, type Server } from './server.ts'

/** A server inside a program that has a database for it. */
export interface EmbedOptions {
  readonly connection: Connection
  /** 32 bytes as hex: what the database holds sealed opens under the same one only. */
  readonly masterKey: string
  readonly log: Log
  /** The machine's own clock unless told. */
  readonly clock?: Clock
  /** Options as on the command line. */
  readonly argv?: readonly string[]
}

/** Starts a server with every module of the product inside this process. It answers once it listens. */
export function embedServer({ masterKey, argv = [], ...options }: EmbedOptions): Promise<Server> {
  const config = readConfig(modules, argv, { CLOUDBOX_MASTER_KEY: masterKey })
  return createServer({ ...options, config, modules })
}

/** Tells two installations apart whose databases are made differently: a digest of every migration. */
export function installedVersion(): string {
  const digest = createHash('sha256')
  for (const { migrations, environmentMigrations } of modules) {
    for (const folder of [migrations, environmentMigrations]) {
      if (folder === undefined) continue
      for (const name of readdirSync(folder).toSorted()) {
        digest.update(name).update(readFileSync(new URL(name, folder)))
      }
    }
  }
  return digest.digest('hex').slice(0, 16)
}
