// @ts-check
import { askAccounts, installation, keepSession } from './api.js'
import { h } from './dom.js'
import { form } from './form.js'

/**
 * Signs an operator in, with his second factor where he has one.
 *
 * @param {object} options
 * @param {string} [options.email] the only address that will do
 * @param {string} [options.label]
 * @param {() => Promise<void> | void} options.done the session is kept
 * @returns {HTMLElement} a form, which another one may take the place of
 */
export function signInForm({ email, label = 'Sign in', done }) {
  const place = h('div')
  const fields = [
    {
      name: 'email',
      label: 'E-mail',
      type: 'email',
      autocomplete: 'username',
      ...(email === undefined ? {} : { value: email, readonly: true }),
    },
    { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
  ]
  place.append(
    form({
      fields,
      label,
      busy: 'Signing in…',
      fieldOf: { 'auth/wrong-credentials': 'password' },
      act: async values => {
        await installation()
        const opened = await askAccounts('POST', '/sign-in', values)
        const factors = await askAccounts('GET', '/factors', undefined, opened.accessToken)
        const verified = factors.filter((/** @type {{ verified: boolean }} */ one) => one.verified)
        if (verified.length > 0) return askCode(place, opened.accessToken, verified, label, done)
        keepSession(opened)
        await done()
      },
    }),
  )
  return place
}

/**
 * @param {HTMLElement} place
 * @param {string} token of a session that is not a strong one yet
 * @param {{ id: string, name: string | null }[]} factors
 * @param {string} label
 * @param {() => Promise<void> | void} done
 */
function askCode(place, token, factors, label, done) {
  const made = form({
    fields: [
      {
        name: 'code',
        label: 'Second factor',
        autocomplete: 'one-time-code',
        inputmode: 'text',
        hint: 'The six digits of your authenticator app, or a backup code.',
      },
    ],
    label,
    busy: 'Checking…',
    fieldOf: { 'auth/wrong-code': 'code', 'http/invalid-request': 'code' },
    act: async ({ code = '' }) => {
      const digits = code.replaceAll(/\s/g, '')
      keepSession(
        /^\d{6}$/.test(digits)
          ? await verifyWithAny(token, factors, digits)
          : await askAccounts('POST', '/factors/backup-codes/verify', { code }, token),
      )
      await done()
    },
  })
  place.replaceChildren(made)
  made.querySelector('input')?.focus()
}

/** Who has several apps need not say which one it is. @param {string} token @param {{ id: string }[]} factors @param {string} code */
async function verifyWithAny(token, factors, code) {
  for (const [index, { id }] of factors.entries()) {
    try {
      return await askAccounts('POST', `/factors/${id}/verify`, { code }, token)
    } catch (error) {
      if (index === factors.length - 1) throw error
    }
  }
}
