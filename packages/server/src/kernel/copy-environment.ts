import type { Environment } from './caller.ts'
import { openDatabase, type Database, type Tx } from './db.ts'
import type { EnvironmentFilePart } from './environment-file.ts'
import type { Log } from './log.ts'
import { hideFromStream } from './stream/hide-from-stream.ts'

/** What of an environment comes along. Structure, policies and settings always do. */
export interface CopyPlan {
  /** Documents and accounts: none, all, or about so many of a hundred, with those they cannot be without. */
  readonly data: 'none' | 'all' | { readonly samplePercent: number }
  /** Secrets among the settings, too. */
  readonly secrets: boolean
  /**
   * The copy stays with its environment: nothing is made up in it, and accounts come with all that lets in. What is
   * sealed for the environment stays sealed. It has no row of its own among the environments.
   */
  readonly isSnapshot?: boolean
  /** The copy is written into a file that leaves this server, and is gone then. No secret may be in it. */
  readonly forFile?: {
    /** Personal values as they are; made up unless. */
    readonly personal: boolean
    /** Hashes of passwords, too. */
    readonly passwords: boolean
  }
}

/** One copy of one environment into another, whose schema is there, migrated and empty. */
export interface EnvironmentCopy {
  readonly from: Environment
  readonly to: Environment
  readonly plan: CopyPlan
}

/** A module's part in copying environments: each copies what it owns. Modules that are needed copy first. */
export interface EnvironmentCopier {
  /**
   * Holds still what must not change while it is copied. It may lock tables and nothing else: the moment that is copied
   * begins with the first statement that reads, and has to begin when every lock is held.
   */
  hold?(tx: Tx, copy: EnvironmentCopy): Promise<void>
  /**
   * Copies. All copiers see one moment of the database, in one transaction. Rows are not told in the change stream;
   * what is emitted is.
   */
  copy(tx: Tx, copy: EnvironmentCopy): Promise<void>
  /** Copies what points to rows that modules above have copied. Called when all have. */
  complete?(tx: Tx, copy: EnvironmentCopy): Promise<void>
  /**
   * Another content is to take the place of what is in the environment: waits for those who are changing that, and lets
   * nobody begin. Throws where it may not be put aside just now.
   */
  leave?(tx: Tx, environment: Environment): Promise<void>
  /**
   * The environment has another content, as it was once; `kept` is what it had before, under the schema it is put aside in.
   * Takes over what has to outlast it, and tells.
   */
  takeOver?(
    tx: Tx,
    replaced: { readonly environment: Environment; readonly kept: Environment },
  ): Promise<void>
  /** What of it a file holds, of a copy that was made for one. */
  readonly file?: EnvironmentFilePart
  /** It is committed: no process may act on what the new environment was before. */
  settle?(copy: EnvironmentCopy): Promise<void>
}

const statementTimeoutMs = 3_600_000

/** Copies one environment into another, or nothing of it. */
export async function copyEnvironment(
  { db, log }: { readonly db: Database; readonly log: Log },
  copiers: readonly EnvironmentCopier[],
  copy: EnvironmentCopy,
): Promise<void> {
  // A session of its own: what is set in it ends with it, also when the copy fails.
  const session = await openDatabase(db.connection, {
    log,
    poolSize: 1,
    statementTimeoutMs,
    applicationName: 'cloudbox copy',
  })
  try {
    const hiding = copy.plan.data === 'none' ? undefined : await hideFromStream(session)
    await session.transaction(
      async tx => {
        for (const { hold } of copiers) await hold?.(tx, copy)
        const telling: (() => Promise<void>)[] = []
        const quiet: Tx = {
          query: tx.query,
          script: tx.script,
          emit: async (kind, payload) => void telling.push(() => tx.emit(kind, payload)),
        }
        await hiding?.begin(tx)
        for (const { copy: run } of copiers) await run(quiet, copy)
        for (const { complete } of copiers) await complete?.(quiet, copy)
        await hiding?.end(tx)
        for (const tell of telling) await tell()
      },
      { isolation: 'repeatable read' },
    )
  } finally {
    await session.close()
  }
  for (const { settle } of copiers) await settle?.(copy)
}
