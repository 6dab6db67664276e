// @ts-check
import { ask, installation } from './api.js'
import { capital, h, sureButton, tell, time } from './dom.js'
import { form } from './form.js'
import { readGrantable } from './members.js'
import { section, trying } from './section.js'

/** @typedef {{ id: string, email: string, role: string, expiresAt: string }} Invitation */

/** Invites people, and shows whom nobody has heard of yet. @param {import('./home.js').Place} place */
export const invitationsSection = ({ organisation: { name } }) =>
  section('Invitations', async say => {
    const path = `/organisations/${name}/invitations`
    const list = h('ul.rows')
    const load = async () => {
      /** @type {{ invitations: Invitation[] }} */
      const { invitations } = await ask('GET', path)
      const rows = invitations.map(invitation => row(invitation, path, grantable, say, load))
      list.replaceChildren(...rows)
      if (rows.length === 0) list.append(h('li.empty', {}, 'Nobody is invited at the moment.'))
    }
    const [grantable, { accounts }] = await Promise.all([readGrantable(name), installation()])
    const mailbox = `${accounts.path}/v1/auth/mailbox`
    await load()
    const invite = form({
      fields: [
        { name: 'email', label: 'E-mail', type: 'email', autocomplete: 'off' },
        {
          name: 'role',
          label: 'Role',
          value: 'viewer',
          options: grantable.map(role => /** @type {[string, string]} */ ([role, capital(role)])),
        },
      ],
      label: 'Invite',
      busy: 'Inviting…',
      kind: 'inline',
      fieldOf: { 'platform/name-taken': 'email' },
      act: async ({ email, role }) => {
        await ask('POST', path, { email, role })
        invite.reset()
        tell(
          `A link is on its way to ${email}. `,
          ...(accounts.hasMailbox ? [h('a', { href: mailbox, target: '_blank' }, 'Open the mailbox')] : []),
        )
        await load()
      },
    })
    return [
      grantable.length > 0 && invite,
      accounts.hasMailbox &&
        h(
          'p.note',
          {},
          'This server has no public address, so the mails lie in ',
          h('a', { href: mailbox, target: '_blank' }, 'its mailbox'),
          '.',
        ),
      list,
    ]
  })

/**
 * @param {Invitation} invitation
 * @param {string} path
 * @param {string[]} grantable
 * @param {(error: unknown) => void} say
 * @param {() => Promise<void>} load
 */
function row({ id, email, role, expiresAt }, path, grantable, say, load) {
  const isOver = Date.parse(expiresAt) < Date.now()
  const resend = h('button.quiet', { type: 'button', 'aria-label': `Send again to ${email}` }, 'Send again')
  resend.addEventListener('click', () =>
    trying(say, async () => {
      await ask('POST', `${path}/${id}/resend`)
      tell(`A new link is on its way to ${email}; the old one is void.`)
      await load()
    }),
  )
  const revoke = () =>
    trying(say, async () => {
      await ask('DELETE', `${path}/${id}`)
      tell(`The invitation of ${email} was taken back.`)
      await load()
    })
  return h(
    'li',
    {},
    h(
      'div.facts',
      {},
      h('strong', {}, email),
      h('span.quiet-text', {}, `${capital(role)} · ${isOver ? 'expired' : 'good until'} `, time(expiresAt)),
    ),
    h(
      'div.actions',
      {},
      grantable.includes(role) && resend,
      sureButton('Take back', 'Really take back?', `the invitation of ${email}`, revoke),
    ),
  )
}
