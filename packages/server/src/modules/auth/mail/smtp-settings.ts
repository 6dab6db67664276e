import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { isPlainAddress } from './message.ts'

/** The part of an environment's settings that mails need. */
export interface MailSettings {
  /** What mails call the app; the project unless set. */
  readonly appName: string
  /** For whoever has not said which language he reads. */
  readonly mailLanguage: string
  /** `smtp://user:password@host:port`; `smtps:` for TLS from the first byte. Empty: none. */
  readonly smtpUrl: string
  /** `Name <address>` or an address. */
  readonly mailFrom: string
}

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly isSecure: boolean
  /** Without TLS nothing is sent; `?tls=optional` says otherwise. */
  readonly needsTls: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
}

/** @throws Error whose words follow the name of the setting */
export function readSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text)
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new Error('has the form smtp://user:password@host:port')
  const isSecure = url.protocol === 'smtps:'
  const tls = url.searchParams.get('tls')
  if (tls !== null && tls !== 'optional' && tls !== 'required')
    throw new Error('has a tls that is neither required nor optional')
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    isSecure,
    needsTls: tls !== 'optional',
    auth: user === '' ? undefined : { user, pass },
  }
}

/** @throws Error whose words follow the name of the setting */
export function readSender(text: string, appName: string): { name: string; address: string } {
  const [, quoted, address = text.trim()] = /^([^<>]*)<([^<>]+)>\s*$/.exec(text) ?? []
  if (!isPlainAddress(address) || /\p{Cc}/u.test(text))
    throw new Error('has the form Name <address>, or is an address')
  const name = (quoted ?? '').trim().replace(/^"(.*)"$/, '$1')
  return { name: name === '' ? appName : name, address }
}

/** What is wrong with these settings, for whoever writes them. */
export function mistakesInMailSettings({ smtpUrl, mailFrom }: MailSettings): ProblemDetail[] {
  const mistakes: ProblemDetail[] = []
  const attempt = (at: string, read: () => void) => {
    try {
      read()
    } catch (error) {
      mistakes.push({ at, message: (error as Error).message })
    }
  }
  if (smtpUrl !== '') attempt('/smtpUrl', () => readSmtpUrl(smtpUrl))
  if (smtpUrl !== '' || mailFrom !== '') attempt('/mailFrom', () => readSender(mailFrom, ''))
  return mistakes
}
