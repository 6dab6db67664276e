import { hash } from 'node:crypto'

/** Names one version of a document, and one way to show it: `"<xmin>.<hash>"`, or `"<xmin>"` when nothing is shown. */
export function documentEtag(xmin: string, text?: string): string {
  return text === undefined ? `"${xmin}"` : `"${xmin}.${shortHash(text)}"`
}

/** Names what a list showed. */
export function listEtag(text: string): string {
  return `"${shortHash(text)}"`
}

const shortHash = (text: string): string => hash('sha1', text, 'base64url').slice(0, 16)
