import { emailField, field, form, isGood, passwordField } from './fields.ts'
import { h, icon, key, mail } from './dom.ts'
import { run, say, type Ui, type View } from './ui.ts'

/** Everything of one view but its notice; the first one is its heading. */
type Draw = (ui: Ui) => (HTMLElement | false)[]

export const views: Readonly<Record<View, Draw>> = {
  'sign-in': ui => {
    const { texts, options } = ui
    const forgot = link(texts.forgot, () => ui.show('forgot'))
    const withPassword = form(
      ui,
      texts.signIn,
      [emailField(ui), passwordField(ui, 'current-password', texts.password, forgot)],
      async ({ email, password }) =>
        ui.auth.signInWithPassword({ email: email!, password: password!, ...(await captcha(ui)) }),
    )
    const withMail = form(ui, options.emailCode ? texts.sendCode : texts.sendLink, [emailField(ui)], () =>
      sendOtp(ui, options.emailCode ? 'code' : 'link'),
    )
    const canMail = options.magicLink || options.emailCode
    return [
      heading(texts.signIn),
      providers(ui),
      hasButtons(ui) && (options.password || canMail) && h('div', { class: 'or', part: 'divider' }, texts.or),
      options.password ? withPassword : canMail && withMail,
      otherWays(ui),
      options.anonymous &&
        h(
          'div',
          { class: 'foot' },
          link(texts.asGuest, event => enterAsGuest(ui, event.currentTarget as HTMLElement)),
        ),
      options.signUp &&
        options.password &&
        foot(texts.noAccount, texts.makeAccount, () => ui.show('sign-up')),
    ]
  },

  'sign-up': ui => {
    const { texts } = ui
    const name = ui.withName && field('name', texts.name, { autocomplete: 'name', maxlength: '200' })
    const fields = [name, emailField(ui), passwordField(ui, 'new-password', texts.password)]
    const signUp = form(
      ui,
      texts.signUp,
      fields.filter(field => field !== false),
      async values => {
        const request = values as { email: string; password: string; name?: string }
        const answer = await ui.auth.signUp({ ...request, redirectTo: ui.redirectTo, ...(await captcha(ui)) })
        if (answer.data?.confirmationSent) ui.show('link-sent')
        return answer
      },
    )
    return [
      heading(texts.signUp),
      providers(ui),
      hasButtons(ui) && h('div', { class: 'or', part: 'divider' }, texts.or),
      signUp,
      foot(texts.haveAccount, texts.signIn, () => ui.show('sign-in')),
    ]
  },

  forgot: ui => {
    const { texts } = ui
    const send = form(ui, texts.sendLink, [emailField(ui)], async ({ email }) => {
      const answer = await ui.auth.resetPasswordForEmail(email!, {
        redirectTo: ui.redirectTo,
        ...(await captcha(ui)),
      })
      if (answer.error === null) ui.show('link-sent')
      return answer
    })
    return [heading(texts.forgot), lead(texts.forgotLead), send, back(ui)]
  },

  'link-sent': ui => [
    medal(),
    heading(ui.texts.mailSent),
    lead(ui.texts.mailSentTo(ui.typed.email)),
    back(ui),
  ],

  code: ui => {
    const { texts, typed } = ui
    const code = field('code', texts.code, {
      autocomplete: 'one-time-code',
      inputmode: 'numeric',
      pattern: '\\s*(\\d\\s*){6}',
      maxlength: '12',
    })
    const verify = form(ui, texts.confirm, [code], ({ code }) =>
      ui.auth.verifyOtp({ email: typed.email, code: code!.replace(/\D/g, '') }),
    )
    const again = link(texts.resend, async event => {
      const isSent = await run(ui, event.currentTarget as HTMLElement, () => sendOtp(ui, 'code'))
      if (isSent) say(ui, texts.resent, true)
    })
    const footer = h(
      'div',
      { class: 'foot apart', part: 'footer' },
      again,
      link(texts.back, () => ui.show('sign-in')),
    )
    return [medal(), heading(texts.mailSent), lead(texts.codeSentTo(typed.email)), verify, footer]
  },

  'new-password': ui => {
    const { texts } = ui
    const save = form(
      ui,
      texts.save,
      [passwordField(ui, 'new-password', texts.newPassword)],
      async ({ password }) => {
        const answer = await ui.auth.updateUser({ password: password! })
        if (answer.error === null) ui.show('signed-in')
        return answer
      },
    )
    return [heading(texts.setPassword), lead(texts.setPasswordLead), save]
  },

  'signed-in': ui => {
    const { texts, typed } = ui
    const out = button(texts.signOut, () => ui.auth.signOut(), ui)
    return [heading(texts.signedInAs(typed.email || texts.guest)), h('div', { class: 'stack' }, out)]
  },
}

function heading(text: string): HTMLElement {
  return h('h2', { part: 'heading', tabindex: '-1' }, text)
}

function lead(text: string): HTMLElement {
  return h('p', { part: 'lead' }, text)
}

function medal(): HTMLElement {
  return h('div', { class: 'medal', part: 'medal' }, icon(...mail))
}

function link(text: string, click: (event: Event) => unknown): HTMLElement {
  return h('button', { type: 'button', class: 'link', part: 'link', click: event => void click(event) }, text)
}

function foot(question: string, answer: string, click: () => void): HTMLElement {
  return h('div', { class: 'foot', part: 'footer' }, question, link(answer, click))
}

function back(ui: Ui): HTMLElement {
  return h(
    'div',
    { class: 'foot', part: 'footer' },
    link(ui.texts.back, () => ui.show('sign-in')),
  )
}

function button(
  content: string | readonly (Node | string)[],
  work: Parameters<typeof run>[2],
  ui: Ui,
  attributes: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const made = h(
    'button',
    { type: 'button', class: 'secondary', part: 'button secondary', ...attributes },
    ...(typeof content === 'string' ? [content] : content),
  )
  made.addEventListener('click', () => void run(ui, made, work))
  return made
}

function hasButtons({ options }: Ui): boolean {
  return options.providers.length > 0
}

/** Three and more stand in two columns, with their names only. */
function providers(ui: Ui): HTMLElement | false {
  const { options, texts, popup } = ui
  if (!hasButtons(ui)) return false
  const isMany = options.providers.length > 2
  const buttons = options.providers.map(({ id, name, color }) => {
    const badge = h('span', { class: 'badge', 'aria-hidden': 'true' }, name.slice(0, 1))
    badge.style.setProperty('--brand', color)
    const label = texts.continueWith(name)
    return button(
      [badge, isMany ? name : label],
      () => ui.auth.signInWithOAuth({ provider: id, popup, redirectTo: ui.redirectTo }),
      ui,
      { part: `button secondary provider provider-${id}`, 'aria-label': label },
    )
  })
  return h('div', { class: isMany ? 'stack pair' : 'stack', part: 'providers' }, ...buttons)
}

/** What does without a password. */
function otherWays(ui: Ui): HTMLElement | false {
  const { options, texts } = ui
  const { password, magicLink, emailCode, passkeys } = options
  const ways = [
    passkeys &&
      button([icon(...key), texts.passkey], () => ui.auth.signInWithPasskey(), ui, {
        part: 'button secondary passkey',
      }),
    password && (magicLink || emailCode) && byMail(ui, emailCode ? 'code' : 'link'),
  ].filter(way => way !== false)
  return ways.length > 0 && h('div', { class: ways.length > 1 ? 'stack pair ways' : 'stack ways' }, ...ways)
}

/** Mails to the address that stands in the form for the password. */
function byMail(ui: Ui, kind: 'link' | 'code'): HTMLElement {
  const { texts } = ui
  const made = h(
    'button',
    { type: 'button', class: 'secondary', part: 'button secondary mail' },
    icon(...mail),
    kind === 'code' ? texts.mailCode : texts.mailLink,
  )
  made.addEventListener('click', () => {
    const input = made.closest('.card')!.querySelector<HTMLInputElement>('input[name=email]')!
    if (!isGood(ui, input)) return input.focus()
    ui.typed.email = input.value.trim()
    void run(ui, made, () => sendOtp(ui, kind))
  })
  return made
}

async function sendOtp(ui: Ui, kind: 'link' | 'code'): ReturnType<Ui['auth']['signInWithOtp']> {
  const { email } = ui.typed
  const answer = await ui.auth.signInWithOtp({
    email,
    kind,
    redirectTo: ui.redirectTo,
    ...(await captcha(ui)),
  })
  if (answer.error === null) ui.show(kind === 'code' ? 'code' : 'link-sent')
  return answer
}

function enterAsGuest(ui: Ui, button: HTMLElement): Promise<boolean> {
  return run(ui, button, () => ui.auth.signInAnonymously())
}

async function captcha(ui: Ui): Promise<{ captchaToken?: string }> {
  const captchaToken = await ui.captchaToken()
  return captchaToken === undefined ? {} : { captchaToken }
}
