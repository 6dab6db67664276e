import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import { cutIp } from '../../../lib/cut-ip.ts'

/** Names what is counted, without telling of whom: an IP address is cut to what one customer has. */
export function subjectKey(key: Buffer, name: string, subject: string): string {
  const whose = isIP(subject) === 0 ? subject : cutIp(subject)
  const hash = createHmac('sha256', key).update(`${name}\0${whose}`).digest('base64url')
  return `${name}:${hash.slice(0, 22)}`
}
