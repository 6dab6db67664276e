// @ts-check

/** @param {string} name */
const meta = name => document.querySelector(`meta[name="cloudbox-${name}"]`)?.getAttribute('content') ?? ''

/** Path of the environment's API on this server: `/demo/dev/v1`. */
export const apiPath = meta('api')

/** Of this tab only, and of this environment only: keys are never kept longer. */
const place = `cloudbox-docs:${apiPath}`

/** @returns {{ key: string, token: string }} */
export function readKeys() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? '{}')
    return { key: kept.key || meta('key'), token: kept.token || '' }
  } catch {
    return { key: meta('key'), token: '' }
  }
}

/** @param {{ key: string, token: string }} keys */
export function keepKeys(keys) {
  sessionStorage.setItem(place, JSON.stringify(keys))
}

/** @param {string} key */
export const isSecret = key => key.startsWith('cb_secret_')

/**
 * What a request shows of the reader.
 *
 * @param {{ key: string, token: string }} keys
 * @returns {Record<string, string>}
 */
export function keyHeaders({ key, token }) {
  return {
    ...(key && { apikey: key }),
    ...(token && { authorization: `Bearer ${token}` }),
  }
}
