import type { AuthEvent, CloudBoxError, Result } from '@cloudbox/client'
import { h } from '../dom.ts'
import { explain } from '../edit-form.ts'
import type { Account } from './account.ts'
import { dialog } from './dialog.ts'
import { providerButtons } from './provider-buttons.ts'

/** A form of the dialog. */
interface Form {
  readonly title: string
  readonly fields: readonly (keyof typeof inputs)[]
  readonly action: string
  readonly busy: string
  readonly hasProviders?: boolean
  /** Other forms to go to. */
  readonly links: readonly (readonly [label: string, form: FormName])[]
  send(values: Values): Promise<Result<{ readonly confirmationSent?: boolean } | null>>
}
type FormName = 'signIn' | 'signUp' | 'forgotten' | 'newPassword'
type Values = Record<keyof typeof inputs, string>

const inputs = {
  name: { label: 'Name', type: 'text', autocomplete: 'name', maxLength: 100 },
  email: { label: 'E-mail', type: 'email', autocomplete: 'email', maxLength: 254 },
  password: { label: 'Password', type: 'password', autocomplete: 'current-password', maxLength: 1024 },
  newPassword: { label: 'Password', type: 'password', autocomplete: 'new-password', maxLength: 1024 },
} as const

export interface SignInDialog {
  /** @param reason why, e.g. `Sign in to keep favourites.` */
  open(reason?: string): void
}

/** The ways in: a provider, or e-mail and password. */
export function signInDialog(
  account: Account,
  { mailboxUrl, listProviders }: { mailboxUrl: string; listProviders: Parameters<typeof providerButtons>[1] },
): SignInDialog {
  const { auth } = account
  const panel = dialog()
  const redirectTo = () => location.href
  const forms: Record<FormName, Form> = {
    signIn: {
      title: 'Sign in',
      fields: ['email', 'password'],
      action: 'Sign in',
      busy: 'Signing in…',
      hasProviders: true,
      links: [
        ['Make an account', 'signUp'],
        ['Forgotten the password?', 'forgotten'],
      ],
      send: ({ email, password }) => auth.signInWithPassword({ email, password }) as never,
    },
    signUp: {
      title: 'Make an account',
      fields: ['name', 'email', 'newPassword'],
      action: 'Make the account',
      busy: 'One moment…',
      hasProviders: true,
      links: [['I have an account', 'signIn']],
      send: ({ name, email, newPassword: password }) =>
        auth.signUp({ name, email, password, redirectTo: redirectTo() }),
    },
    forgotten: {
      title: 'A new password',
      fields: ['email'],
      action: 'Mail me a link',
      busy: 'One moment…',
      links: [['Back', 'signIn']],
      send: ({ email }) => auth.resetPasswordForEmail(email, { redirectTo: redirectTo() }),
    },
    newPassword: {
      title: 'A new password',
      fields: ['newPassword'],
      action: 'Save the password',
      busy: 'One moment…',
      links: [],
      send: ({ newPassword: password }) => auth.updateUser({ password }) as never,
    },
  }
  /** Goes from form to form. */
  let email = ''

  const show = (name: FormName, reason = '', trouble?: CloudBoxError) => {
    const { title, fields, action, busy, hasProviders, links, send } = forms[name]
    const controls = fields.map(field => {
      const { label, ...properties } = inputs[field]
      const value = field === 'email' ? email : ''
      return [field, label, h('input', { ...properties, name: field, required: true, value })] as const
    })
    const submit = h('button', { type: 'submit', className: 'primary' }, action)
    const complaint = h('p', { className: 'complaint', role: 'alert' }, trouble ? explain(trouble) : '')
    const form = h(
      'form',
      { className: 'account-form' },
      ...controls.map(([, label, input]) => h('label', {}, h('span', {}, label), input)),
      complaint,
      submit,
    )
    form.addEventListener(
      'input',
      () => (email = form.querySelector<HTMLInputElement>('[name=email]')?.value ?? email),
    )
    form.addEventListener('submit', async event => {
      event.preventDefault()
      complaint.textContent = ''
      submit.disabled = true
      submit.textContent = busy
      const values = Object.fromEntries(controls.map(([field, , { value }]) => [field, value])) as Values
      const { data, error } = await send(values)
      submit.disabled = false
      submit.textContent = action
      if (error === null && (name === 'forgotten' || data?.confirmationSent)) return mailed()
      if (error === null) return panel.close()
      complaint.replaceChildren(
        wordsOf(error),
        ...(error.code === 'auth/email-not-verified' ? [' ', again()] : []),
      )
    })
    const ways = links.map(([label, to]) =>
      h('button', { type: 'button', className: 'link', onclick: () => show(to, reason) }, label),
    )
    panel.show(
      title,
      ...(reason === '' ? [] : [h('p', { className: 'soft' }, reason)]),
      ...(hasProviders ? [providerButtons(account, listProviders)] : []),
      form,
      h('p', { className: 'ways' }, ...ways),
    )
  }

  const again = () => {
    const button = h('button', { type: 'button', className: 'link' }, 'Mail the link again')
    button.addEventListener('click', async () => {
      button.disabled = true
      const { error } = await auth.resend(email, { redirectTo: redirectTo() })
      if (error === null) return mailed()
      button.replaceWith(wordsOf(error))
    })
    return button
  }

  const mailed = () => {
    const open = { className: 'button primary', href: mailboxUrl, target: '_blank', rel: 'noopener' }
    panel.show(
      'We mailed you a link',
      h('p', {}, 'It went to ', h('strong', {}, email), '. Open it in this browser, and you are in.'),
      h('p', { className: 'ending' }, h('a', open, 'Open the mailbox')),
      h('p', { className: 'fine' }, 'This is a dev environment: its mails arrive there and nowhere else.'),
    )
  }

  account.onChange(async (event: AuthEvent) => {
    if (event === 'PASSWORD_RECOVERY') return show('newPassword', 'Nobody knows it but you.')
    if (event === 'SIGNED_IN') panel.close()
  })
  // A way in that led to a provider or a mailbox and came back without a session.
  void auth.redirectResult().then(({ error }) => {
    if (error !== null) show('signIn', '', error)
  })

  return { open: reason => show('signIn', reason) }
}

/** The server's words without its hint, which is for whoever writes the app. */
function wordsOf({ message, details }: CloudBoxError): string {
  const text = details.map(({ message: detail }) => detail).join(' ') || message
  return text.replace(/[^.!?]$/, '$&.')
}
