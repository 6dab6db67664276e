import type { PersonalKind } from '@cloudbox/protocol/usage'
import { isIPv4, isIPv6 } from 'node:net'

/** Something about somebody, made unreadable but for its form. */
export interface Finding {
  readonly kind: PersonalKind
  readonly sample: string
}

const email = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,24}/gu
const ipv4 = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)/g
/** Words that may be addresses of IPv6; reading them tells. Without any digit it is a cast of SQL: `a::dec`. */
const colons = /(?<![\w:.$])[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?::\d{1,3}(?:\.\d{1,3}){3})?(?![\w:.]*\w)/gi
/** Words that may be a text in base64 or in hexadecimal digits. */
const base64 = /[A-Za-z\d+/_-]{10,}={0,2}/g
const hex = /(?:[\da-f]{2}){7,}/gi
const printable = /^[\x20-\x7e\s]*$/
/** Runs of characters in bytes that are no text; shorter ones come about by chance. */
const runs = /[\x20-\x7e]{7,}/g
/** In bytes that are no text something like an address comes about by chance, unless it is as long as this. */
const shortestInBytes = 12

/** Addresses of mails and of machines in a text, also where it was encoded for an address, for JSON, in base64 or hexadecimal. */
export function findInText(text: string): Finding[] {
  const found = findPlain(text)
  for (const decoded of decodings(text)) found.push(...findPlain(decoded))
  return found
}

/** The same in bytes, whatever they are: in those of a text, and in what looks like one in any others. */
export function findInBytes(bytes: Buffer): Finding[] {
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd') && !text.includes('\0')) return findInText(text)
  return [...bytes.toString('latin1').matchAll(runs)].flatMap(([run]) =>
    findPlain(run, shortestInBytes).concat([...run.matchAll(ipv4)].flatMap(([one]) => ofIpv4(one))),
  )
}

function findPlain(text: string, shortest = 0): Finding[] {
  const found: Finding[] = []
  // Most texts have none of the three characters.
  if (text.includes('@'))
    for (const [one] of text.matchAll(email)) if (one.length >= shortest) found.push(ofEmail(one))
  if (shortest === 0 && text.includes('.'))
    for (const [one] of text.matchAll(ipv4)) found.push(...ofIpv4(one))
  if (text.includes(':'))
    for (const [one] of text.matchAll(colons))
      if (one.length >= shortest && /\d/.test(one) && isIPv6(one)) found.push(ofIpv6(one))
  return found
}

function* decodings(text: string): Iterable<string> {
  if (/%[\da-f]{2}/i.test(text)) {
    const once = decodePercent(text)
    yield once
    if (/%[\da-f]{2}/i.test(once)) yield decodePercent(once)
  }
  if (/\\u[\da-f]{4}/i.test(text))
    yield text.replaceAll(/\\u([\da-f]{4})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
  for (const [word] of text.matchAll(hex)) yield* whenPrintable(Buffer.from(word, 'hex'))
  for (const [word] of text.matchAll(base64)) yield* whenPrintable(Buffer.from(word, 'base64'))
}

function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[\da-f]{2})+/gi, encoded =>
    Buffer.from(encoded.replaceAll('%', ''), 'hex').toString(),
  )
}

function* whenPrintable(bytes: Buffer): Iterable<string> {
  const text = bytes.toString('latin1')
  if (printable.test(text)) yield text
}

function ofEmail(text: string): Finding {
  const [name = '', host = ''] = text.split('@')
  return { kind: 'email', sample: `${name[0]}…@…${host.slice(host.lastIndexOf('.'))}` }
}

function ofIpv4(text: string): Finding[] {
  return isIPv4(text) ? [{ kind: 'ipv4', sample: `${text.slice(0, text.indexOf('.'))}.…` }] : []
}

function ofIpv6(text: string): Finding {
  return { kind: 'ipv6', sample: `${text.slice(0, text.indexOf(':'))}:…` }
}
