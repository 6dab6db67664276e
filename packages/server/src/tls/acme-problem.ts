/** Why there is no certificate, in the words of the CA as far as it has said any. */
export class AcmeProblem extends Error {
  /** What to do about it. */
  readonly hint: string
  /** The CA asked not to be asked again before that long. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, hint: string, retryAfterMs?: number) {
    super(message)
    this.name = 'AcmeProblem'
    this.hint = hint
    this.retryAfterMs = retryAfterMs
  }
}

/** What a CA answers when it does not do what it was asked (RFC 8555, 6.7). */
export interface AcmeError {
  readonly type?: string
  readonly detail?: string
  readonly subproblems?: readonly { readonly detail?: string }[]
}

const hints: Readonly<Record<string, string>> = {
  dns: 'Point an A (and AAAA) record of that name at this machine; new records take some minutes to be seen.',
  connection:
    'The CA asks on port 80 of that name: open it in the firewall, and let nothing else answer there.',
  unauthorized:
    'Something else answers on port 80 of that name: point its records at this machine, all of them.',
  incorrectResponse:
    'Something else answers on port 80 of that name: point its records at this machine, all of them.',
  caa: 'A CAA record of that name does not allow this CA: add it there.',
  rateLimited: 'Wait; --acme-directory names another CA, or the staging one to try with.',
  rejectedIdentifier: 'This CA gives no certificates for that name.',
  externalAccountRequired:
    'This CA wants an account made beforehand, which is not supported: choose another one.',
  invalidContact: 'Mend --acme-email, or leave it out.',
  unsupportedContact: 'Mend --acme-email, or leave it out.',
}

/** An answer of a CA for people. */
export function acmeProblem(
  doing: string,
  { type = '', detail = '', subproblems = [] }: AcmeError,
  retryAfterMs?: number,
): AcmeProblem {
  const kind = type.split(':').at(-1)!
  const said = [detail, ...subproblems.map(one => one.detail)].filter(Boolean).join(' ')
  return new AcmeProblem(
    `${doing}: ${said === '' ? kind || 'the CA gave no reason' : said}`,
    hints[kind] ?? 'The server tries again by itself; its log has what the CA answers.',
    retryAfterMs,
  )
}
