import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import type { AnyMailVariables, MailKind, MailVariables } from './kinds.ts'

/** A mail to be sent, before anybody knows its words. */
export type MailMessage = {
  readonly [Kind in MailKind]: {
    readonly kind: Kind
    /** One plain address: `ada@example.com`; of a message to a phone its number. */
    readonly to: string
    /** The user's locale, then the `Accept-Language` of the request: the first that there is a template for counts. */
    readonly languages: readonly (string | readonly string[] | null | undefined)[]
    readonly variables: MailVariables[Kind]
  }
}[MailKind]

/** A mail in words, ready to go. */
export interface Mail {
  /** The same at every attempt. */
  readonly id: string
  readonly to: string
  readonly kind: MailKind
  readonly language: string
  readonly appName: string
  readonly subject: string
  readonly html: string
  readonly text: string
  readonly variables: AnyMailVariables
}

/** Nothing that ends an address or a line, or starts another one; no quotes, which programs read in different ways. */
const plainAddress = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u

/** E.164 */
const phoneNumber = /^\+[1-9][0-9]{6,14}$/

/** Whether it is the address of one mailbox, and nothing else. */
export function isPlainAddress(text: string): boolean {
  return text.length <= 254 && plainAddress.test(text)
}

/** Refuses what would become another header, a second recipient or a script. */
export function checkMessage({ kind, to, variables }: MailMessage): void {
  if (kind === 'phone-code' ? !phoneNumber.test(to) : !isPlainAddress(to))
    throw new Problem(
      authProblems['invalid-address'],
      'This is not the address of one mailbox or the number of one phone.',
    )
  const { link } = variables as AnyMailVariables
  if (link !== undefined && !isHarmlessLink(link)) throw new Error('a mail was given a link that is none')
}

function isHarmlessLink(link: string): boolean {
  const scheme = URL.parse(link)?.protocol
  return scheme !== undefined && !['javascript:', 'data:', 'vbscript:', 'file:', 'blob:'].includes(scheme)
}
