/** How a write is done. */
export interface WriteOptions {
  /** Names this write: sent again under the same key, it gets the same answer and writes nothing. */
  readonly idempotencyKey?: string
  /** Fails with `data/too-many-affected`, and writes nothing, when it would change more documents. */
  readonly maxAffected?: number
}

/** `{ return: 'minimal' }`: the written documents need not come back; `data` is null then. */
export interface Minimal extends WriteOptions {
  readonly return: 'minimal'
}

/** What to do when a document is there already. */
export interface UpsertOptions extends WriteOptions {
  /** The unique field to compare; `id` unless told. */
  readonly onConflict?: string
  /** Leave the documents alone that are there; only new ones come back. */
  readonly ignoreDuplicates?: boolean
}

/** What has to be true of the one document; else the error is `data/changed-meanwhile`, and nothing is written. */
export interface Condition {
  /** An etag, or the `updatedAt` of the version this write is meant for. */
  readonly ifMatch?: string
  /** The document as it was read: it must not have changed since. */
  readonly ifUnchanged?: { readonly updatedAt: string }
}

/** How one document is written. */
export interface DocumentOptions extends WriteOptions, Condition {}

/** The version a condition names, as the header has it. */
export function versionOf({ ifMatch, ifUnchanged }: Condition): string | undefined {
  const version = ifUnchanged?.updatedAt ?? ifMatch
  return version === undefined || /^[*"]|^W\//.test(version) ? version : `"${version}"`
}

type Wishes = Partial<Minimal & UpsertOptions>

/** Options as the header `Prefer`. */
export function preferOf(options: Wishes): string | undefined {
  const wishes = [
    options.return && 'return=minimal',
    options.ignoreDuplicates && 'resolution=ignore-duplicates',
    options.maxAffected !== undefined && `handling=strict,max-affected=${options.maxAffected}`,
  ]
  return wishes.filter(Boolean).join() || undefined
}
