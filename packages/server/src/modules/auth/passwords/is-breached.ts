import { createHash } from 'node:crypto'

const address = 'https://api.pwnedpasswords.com/range/'
/** A sign-up waits for it. */
const timeoutMs = 2000

/**
 * Asks Have I Been Pwned whether a password is among the leaked ones. It is told five hex digits of the SHA-1, which
 * hundreds of leaked passwords share, and pads its answer, so that neither it nor who watches the line learns more.
 * @throws when it does not answer in time, or with something else
 */
export async function isBreached(password: string, fetch: typeof globalThis.fetch): Promise<boolean> {
  const hash = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase()
  const answer = await fetch(address + hash.slice(0, 5), {
    headers: { 'add-padding': 'true', 'user-agent': 'CloudBox' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!answer.ok) throw new Error(`the look-up of breached passwords answered ${answer.status}`)
  const suffix = hash.slice(5)
  return (await answer.text()).split('\n').some(line => {
    const [other, count] = line.trim().split(':')
    // Padding has a count of zero.
    return other === suffix && Number(count) > 0
  })
}
