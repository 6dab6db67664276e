import { encodeTimestamp, parseTimestamp } from '@cloudbox/policy/time'
import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'

/** The versions of a document a request is meant for; `*` is any. */
export type IfMatch = '*' | { readonly xmins: readonly string[]; readonly times: readonly string[] }

/**
 * Reads `If-Match`: etags of a document, of which only the version counts, or values of `updatedAt` in quotes.
 * A proxy that compresses makes an etag weak; its version is as good as before.
 *
 * @throws Problem `data/invalid-precondition`
 */
export function parseIfMatch(header: string): IfMatch {
  if (header.trim() === '*') return '*'
  const tag = /\s*(?:W\/)?"([^"]*)"\s*(?:,|$)/y
  const xmins: string[] = []
  const times: string[] = []
  while (tag.lastIndex < header.length || header === '') {
    const at = tag.lastIndex
    const [, text] = tag.exec(header) ?? []
    const xmin = text === undefined ? undefined : /^(\d{1,10})(?:\.[\w-]*)?$/.exec(text)?.[1]
    const us = text === undefined || xmin !== undefined ? undefined : parseTimestamp(text)
    if (xmin !== undefined) xmins.push(xmin)
    else if (us !== undefined) times.push(encodeTimestamp(us))
    else throw malformed(header.slice(at))
  }
  return { xmins, times }
}

function malformed(text: string): Problem {
  const message = `'${text.trim().slice(0, 60)}' is neither an etag nor an updatedAt`
  return new Problem(dataProblems['invalid-precondition'], `If-Match: ${message}.`, {
    errors: [{ at: 'if-match', message }],
  })
}
