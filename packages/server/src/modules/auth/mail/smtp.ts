import { LRUCache } from 'lru-cache'
import type { Transporter } from 'nodemailer'
import type { Mail } from './message.ts'
import { FinalError } from './final-error.ts'
import { readSender, readSmtpUrl, type MailSettings } from './smtp-settings.ts'

/** Sends mails to the SMTP servers of environments. */
export interface Smtp {
  send(settings: MailSettings, mail: Mail, isDev: boolean): Promise<void>
  stop(): void
}

export function createSmtp(): Smtp {
  /** By URL; lines to servers nobody sends to any more are closed. */
  const transports = new LRUCache<string, Promise<Transporter>>({
    max: 50,
    ttl: 600_000,
    updateAgeOnGet: true,
    dispose: transport => void transport.then(open => open.close()).catch(() => {}),
  })
  const transportTo = (smtpUrl: string, isDev: boolean) => {
    const key = `${isDev} ${smtpUrl}`
    const known = transports.get(key)
    if (known !== undefined) return known
    const transport = openTransport(smtpUrl, isDev)
    transports.set(key, transport)
    transport.catch(() => transports.delete(key))
    return transport
  }

  return {
    send: async (settings, mail, isDev) => {
      const transport = await transportTo(settings.smtpUrl, isDev)
      const from = readSender(settings.mailFrom, mail.appName)
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: mail.to },
          envelope: { from: from.address, to: [mail.to] },
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          // The same at every attempt, so that a mail that comes twice can be told as one.
          messageId: `<${mail.id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
            'Content-Language': mail.language,
          },
        })
      } catch (error) {
        const { responseCode = 0, code } = error as { responseCode?: number; code?: string }
        // 5xx is the server's last word; a refused sign-in can be mended meanwhile.
        if (responseCode >= 500 && code !== 'EAUTH') throw new FinalError((error as Error).message)
        throw error
      }
    },
    stop: () => transports.clear(),
  }
}

async function openTransport(smtpUrl: string, isDev: boolean): Promise<Transporter> {
  const { host, port, isSecure, needsTls, auth } = readSmtpUrl(smtpUrl)
  const isStrict = needsTls && !isDev
  // Loaded with the first mail: most servers in development never send one.
  const { createTransport } = await import('nodemailer')
  return createTransport({
    host,
    port,
    secure: isSecure,
    requireTLS: isStrict,
    tls: { rejectUnauthorized: isStrict },
    ...(auth === undefined ? {} : { auth }),
    pool: true,
    maxConnections: 3,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    dnsTimeout: 10_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}
