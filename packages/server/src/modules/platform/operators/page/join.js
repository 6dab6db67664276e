// @ts-check
import { Refused, ask, askAccounts, askAsNobody, keepSession, session, signOut } from './api.js'
import { card, h, linkButton, notice, show } from './dom.js'
import { form } from './form.js'
import { signInForm } from './sign-in.js'

const home = '/console'
/** @typedef {{ organisation: string, email: string, role: string, hasAccount: boolean }} Invitation */

/** Lets the invited person in. */
export async function join() {
  const token = location.hash.slice(1)
  try {
    /** @type {Invitation} */
    const invitation = await askAsNobody('POST', '/invitations/look', { token })
    show(invitation.hasAccount ? known(invitation, token) : fresh(invitation, token))
    const first = /** @type {HTMLElement | null} */ (document.querySelector('main input:not([readonly])'))
    first?.focus()
  } catch (error) {
    if (!(error instanceof Refused) || error.status === 0) throw error
    show(
      notice(
        'This invitation is not good any more',
        'It was accepted already, taken back, replaced by a newer one, or is older than seven days. If you have joined, sign in; else ask for a new one.',
        linkButton(home, 'Sign in'),
      ),
    )
  }
}

/** @param {Invitation} invitation */
const lead = ({ organisation, role }) =>
  h(
    'p.lead',
    {},
    'You are invited to the organisation ',
    h('strong', {}, organisation),
    ' with the role ',
    h('strong', {}, role),
    '.',
  )

/** @param {Invitation} invitation @param {string} token */
function fresh(invitation, token) {
  const { email, organisation } = invitation
  return card(
    `Join ${organisation}`,
    lead(invitation),
    form({
      fields: [
        {
          name: 'email',
          label: 'E-mail',
          type: 'email',
          value: email,
          readonly: true,
          autocomplete: 'username',
        },
        { name: 'name', label: 'Your name', autocomplete: 'name' },
        {
          name: 'password',
          label: 'Password',
          type: 'password',
          autocomplete: 'new-password',
          hint: 'At least 8 characters. Three or four unrelated words are safe and easy to keep.',
        },
      ],
      label: 'Join',
      busy: 'Joining…',
      fieldOf: { 'auth/weak-password': 'password' },
      act: async ({ name, password }) => {
        await askAsNobody('POST', '/invitations/accept', { token, name, password })
        keepSession(await askAccounts('POST', '/sign-in', { email, password }).catch(() => null))
        welcome(invitation)
      },
    }),
  )
}

/** @param {Invitation} invitation @param {string} token */
function known(invitation, token) {
  const { email, organisation } = invitation
  const accept = async () => {
    await ask('POST', '/invitations/accept', { token })
    welcome(invitation)
  }
  const user = session()?.user
  const title = `Join ${organisation}`
  if (user?.email === email) {
    const button = form({ fields: [], label: 'Accept the invitation', busy: 'Joining…', act: accept })
    return card(title, lead(invitation), h('p.lead', {}, `You are signed in as ${email}.`), button)
  }
  if (user !== undefined) {
    const leave = async () => {
      await signOut()
      show(known(invitation, token))
    }
    return card(
      title,
      lead(invitation),
      h('p.lead', {}, `It is for ${email}, and you are signed in as ${user.email}.`),
      form({ fields: [], label: `Sign ${user.email} out`, busy: 'Signing out…', act: leave }),
    )
  }
  return card(
    title,
    lead(invitation),
    h('p.lead', {}, 'You have an account here: sign in to accept.'),
    signInForm({ email, label: 'Sign in and accept', done: accept }),
  )
}

/** @param {Invitation} invitation */
function welcome({ organisation, role }) {
  history.replaceState(null, '', location.pathname)
  const isIn = session() !== null
  show(
    card(
      `Welcome to ${organisation}`,
      h('p.lead', {}, 'You belong to it now, with the role ', h('strong', {}, role), '. '),
      h('p.lead', {}, 'Its projects and the people you work with are in the console.'),
      linkButton(home, isIn ? 'Open the console' : 'Sign in'),
    ),
  )
}
