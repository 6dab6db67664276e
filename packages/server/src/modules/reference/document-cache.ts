import { createHash } from 'node:crypto'
import type { DescribedCollections, Reader } from './described.ts'
import { openApi, type OpenApiOptions } from './openapi.ts'

/** A manual as it is sent. */
export interface WrittenDocument {
  readonly text: string
  readonly etag: string
}

/** A server is reached under few names; whoever invents host names must not fill the memory. */
const mostBases = 8

/**
 * Keeps each environment's manual until its collections change. The catalog hands out the same map until then and a
 * new one after, so the map itself is the version, and what was written for an old one goes away with it.
 */
export class DocumentCache {
  readonly #written = new WeakMap<DescribedCollections, Map<string, WrittenDocument>>()

  get(options: OpenApiOptions): WrittenDocument {
    const { collections, reader, base } = options
    const key = keyOf(reader, base)
    let documents = this.#written.get(collections)
    if (documents === undefined) this.#written.set(collections, (documents = new Map()))
    const known = documents.get(key)
    if (known !== undefined) return known
    if (documents.size >= mostBases) documents.clear()
    const text = JSON.stringify(openApi(options))
    const written = { text, etag: etagOf(text) }
    documents.set(key, written)
    return written
  }
}

/** Names a text: equal texts have equal names. */
export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

function keyOf(reader: Reader, base: string): string {
  return `${reader} ${base}`
}
