import type { MailKind, MailVariables } from '../kinds.ts'

/** The words of one built-in mail; each text may name variables. */
export interface MailText {
  readonly subject: string
  /** What a list of mails shows beside the subject. */
  readonly preheader: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  /** What the button says; it leads to `link`. */
  readonly button?: string
  /** Shows `code`, large. */
  readonly showsCode?: boolean
  /** Label and value, one a line. */
  readonly facts?: readonly (readonly [string, string])[]
  /** Smaller, at the end. */
  readonly notes: readonly string[]
}

type FactorVariables = MailVariables['factor-changed']

/** Everything that is said in one language. */
export interface MailWords {
  readonly mails: Readonly<Record<MailKind, MailText>>
  readonly linkNote: string
  readonly footer: string
  readonly unknown: string
  readonly factors: Readonly<Record<FactorVariables['factor'], string>>
  readonly changes: Readonly<Record<FactorVariables['change'], string>>
}
