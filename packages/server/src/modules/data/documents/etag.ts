import { hash } from 'node:crypto'

/** Headers of every answer with a tag: it may be kept for its reader, and is asked for again each time. */
export const revalidated = {
  'cache-control': 'private, no-cache',
  vary: 'accept, authorization, apikey',
} as const

/** Characters of a hash, 96 bits. */
const hashLength = 16

/**
 * The entity tag of one document: the transaction that wrote its row last, and what this answer shows of it. The first
 * part says whether the row has changed (`If-Match`), both say whether the answer has (`If-None-Match`).
 */
export function documentEtag(xmin: string, text: string): string {
  return `"${xmin}.${digest(text)}"`
}

/** The entity tag of a list: everything the answer tells. */
export function listEtag(text: string): string {
  return `"${digest(text)}"`
}

/** Which state of a document a write expects: any, or one of these. */
export type ExpectedVersion =
  | { readonly any: true }
  | {
      readonly any: false
      /** Transactions that wrote the row last, as digits. */
      readonly xmins: readonly string[]
      /** Values of updatedAt. */
      readonly updatedAts: readonly string[]
    }

const digits = /^\d{1,10}$/

/**
 * Reads `If-Match`: `*`, tags of {@link documentEtag}, or the document's updatedAt in quotes. What is none of them is
 * left out, so a header of nothing else expects what no document is; undefined without a header. Weak tags never match.
 */
export function parseIfMatch(header: string | undefined): ExpectedVersion | undefined {
  if (header === undefined) return undefined
  if (header.trim() === '*') return { any: true }
  const xmins: string[] = []
  const updatedAts: string[] = []
  for (const [, weak, tag = ''] of header.matchAll(/(W\/)?"([^"]*)"/g)) {
    if (weak !== undefined) continue
    const [xmin = ''] = tag.split('.', 1)
    if (digits.test(xmin)) xmins.push(xmin)
    else if (/^\d{4,6}-\d\d-\d\dT/.test(tag)) updatedAts.push(tag)
  }
  return { any: false, xmins, updatedAts }
}

function digest(text: string): string {
  return hash('sha1', text, 'base64url').slice(0, hashLength)
}
