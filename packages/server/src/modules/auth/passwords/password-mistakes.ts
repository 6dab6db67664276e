import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { commonPasswords } from './common-passwords.ts'

/** What an environment asks of new passwords. */
export type PasswordPolicy = Pick<
  AuthSettings,
  'passwordMinLength' | 'passwordRequires' | 'refuseBreachedPasswords'
>

/** Longer ones are no safer, and somebody has to hash them. */
const maxLength = 128

const kinds = {
  lower: { pattern: /\p{Ll}/u, name: 'a lower-case letter' },
  upper: { pattern: /\p{Lu}/u, name: 'an upper-case letter' },
  digit: { pattern: /\p{Nd}/u, name: 'a digit' },
  symbol: { pattern: /[^\p{L}\p{N}]/u, name: 'a symbol' },
} as const

/** Everything that is wrong with a new password, at `/password`; nothing when it may be used. */
export function passwordMistakes(
  password: string,
  { passwordMinLength, passwordRequires }: PasswordPolicy,
  email: string | null,
): ProblemDetail[] {
  const text = password.normalize('NFC')
  const length = [...text].length
  const missing = passwordRequires.filter(kind => !kinds[kind].pattern.test(text))
  return [
    ...(length < passwordMinLength
      ? [mistake(`It has ${length} characters; at least ${passwordMinLength} are needed.`, threeWords)]
      : []),
    ...(length > maxLength
      ? [mistake(`It has ${length} characters; at most ${maxLength} are allowed.`)]
      : []),
    ...missing.map(kind => mistake(`It needs ${kinds[kind].name}.`)),
    ...(isAddress(text, email) ? [mistake('It is the e-mail address, or its first part.', threeWords)] : []),
    ...(isCommon(text) ? [mistake('It is one of the passwords that are tried first.', threeWords)] : []),
  ]
}

const threeWords = 'Three or four words that have nothing to do with each other are safe and easy to keep.'

function mistake(message: string, hint?: string): ProblemDetail {
  return { at: '/password', message, ...(hint === undefined ? {} : { hint }) }
}

function isAddress(text: string, email: string | null): boolean {
  const address = email?.normalize('NFC').toLowerCase()
  const lower = text.toLowerCase()
  return address !== undefined && (lower === address || lower === address.split('@')[0])
}

function isCommon(text: string): boolean {
  const lower = text.toLowerCase()
  return commonPasswords.has(lower) || /^(.{1,4})\1+$/su.test(lower) || isSequence(lower)
}

/** `12345678`, `hgfedcba`: every character follows the one before. */
function isSequence(text: string): boolean {
  const codes = [...text].map(character => character.codePointAt(0)!)
  const steps = new Set(codes.slice(1).map((code, i) => code - codes[i]!))
  return steps.size === 1 && (steps.has(1) || steps.has(-1))
}
