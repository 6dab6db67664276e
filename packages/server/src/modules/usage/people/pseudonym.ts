import { createHmac, type KeyObject } from 'node:crypto'

/**
 * Somebody, as only who has the salt can tell: for the time and the environment it is made for, and for nothing else.
 *
 * @param who id of a user; of a visitor address and browser
 */
export function pseudonymOf(
  salt: KeyObject,
  kind: 'user' | 'visitor',
  environmentId: string,
  who: string,
): Buffer {
  return createHmac('sha256', salt).update(`${kind}\n${environmentId}\n${who}`).digest()
}
