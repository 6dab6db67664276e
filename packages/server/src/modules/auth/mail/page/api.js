// @ts-check

/** Path of the environment's API on this server: `/demo/dev/v1`. */
const api = document.querySelector('meta[name="cloudbox-api"]')?.getAttribute('content') ?? ''
const messages = `${api}/auth/mailbox/messages`

/** Of this tab only, and of this environment only. */
const place = `cloudbox-mailbox:${api}`

/** @param {string} key */
export const keepKey = key => sessionStorage.setItem(place, key)

/** Says that the mailbox wants a key, or another one. */
export class KeyNeeded extends Error {}

/**
 * @param {string} [path]
 * @param {RequestInit} [init]
 */
async function ask(path = '', init = {}) {
  const key = sessionStorage.getItem(place)
  const answer = await fetch(messages + path, {
    ...init,
    headers: key ? { apikey: key } : {},
    cache: 'no-cache',
  })
  if (answer.status === 401 || answer.status === 403)
    throw new KeyNeeded(key ? 'This is not the secret key of this environment.' : '')
  if (!answer.ok) throw new Error(`The server answers ${answer.status}.`)
  return answer
}

/** The mails as the server told them, as text: equal texts are equal lists. */
export const readList = async () => (await ask()).text()

/** @param {string} id */
export const readMail = async id => (await ask(`/${id}`)).json()

export const deleteAll = () => ask('', { method: 'DELETE' })
