// @ts-check
import { askAccounts, askAsNobody, installation, keepSession } from './api.js'
import { card, h, linkButton, notice, show } from './dom.js'
import { form } from './form.js'

const home = '/console'

/** Makes the owner of the installation. */
export async function setUp() {
  const { isSetUp } = await installation()
  const token = location.hash.slice(1)
  if (isSetUp) return show(taken())
  if (token === '')
    return show(
      notice(
        'This is half of the link',
        'Open the whole address that CloudBox has printed in its terminal, with everything behind the #.',
      ),
    )
  show(
    card(
      'Make this CloudBox yours',
      h(
        'p.lead',
        {},
        'You become its owner, with an organisation for your projects. This link works once; nobody else can sign up.',
      ),
      form({
        fields: [
          { name: 'name', label: 'Your name', autocomplete: 'name' },
          { name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username' },
          {
            name: 'password',
            label: 'Password',
            type: 'password',
            autocomplete: 'new-password',
            hint: 'At least 8 characters. Three or four unrelated words are safe and easy to keep.',
          },
          {
            name: 'organisation',
            label: 'Organisation',
            autocomplete: 'off',
            placeholder: 'acme',
            hint: 'Stands in addresses: lower-case letters, digits and hyphens.',
          },
        ],
        label: 'Become the owner',
        busy: 'Setting up…',
        fieldOf: {
          'auth/weak-password': 'password',
          'auth/account-exists': 'email',
          'platform/invalid-name': 'organisation',
          'platform/name-taken': 'organisation',
        },
        act: async values => {
          await askAsNobody('POST', '/set-up', { ...values, token })
          history.replaceState(null, '', location.pathname)
          await next(values)
        },
      }),
    ),
  )
  document.querySelector('input')?.focus()
}

/** @param {Record<string, string>} values */
async function next({ email, password, organisation }) {
  // An account that an interrupted set-up has made keeps its password: then he signs in himself.
  const opened = await askAccounts('POST', '/sign-in', { email, password }).catch(() => null)
  keepSession(opened)
  show(
    card(
      'It is yours',
      h('p.lead', {}, `You own this installation and its organisation ${organisation}. What next:`),
      h(
        'ul.next',
        {},
        h('li', {}, 'Invite people, each with a role: they get a link by mail.'),
        h('li', {}, 'Make a project: its environments, their data, users and settings are in the console.'),
        h('li', {}, 'Sign in again any time at ', h('code', {}, location.origin + home), '.'),
      ),
      linkButton(home, opened === null ? 'Sign in' : 'Open the console'),
    ),
  )
}

function taken() {
  return notice(
    'This CloudBox has an owner',
    'It was set up already, so this link does nothing any more. To get in, sign in or ask the owner for an invitation.',
    linkButton(home, 'Sign in'),
  )
}
