import type { AuthOptions } from '@cloudbox/protocol/auth'
import type { Client } from '../client.ts'
import type { AuthEvent } from './channel.ts'
import { h } from './element/dom.ts'
import { style } from './element/style.ts'
import { textsOf } from './element/texts.ts'
import { complain, type Ui, type View } from './element/ui.ts'
import { views } from './element/views.ts'
import type { Session } from './session-keeper.ts'

/** What is offered when the server does not say. */
const usual: AuthOptions = {
  signUp: true,
  password: true,
  magicLink: false,
  emailCode: false,
  phoneCode: false,
  anonymous: false,
  passkeys: false,
  providers: [],
  captcha: null,
}

// Rendered on a server, a page imports this file where there are no elements.
const Base = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement)

/**
 * `<cloudbox-auth>`: signing in and up, forgotten passwords, mailed links and codes, passkeys and the providers the
 * environment has. Works in every framework, and takes its colours from the page's `color-scheme`.
 *
 * Attributes: `view` (`sign-in`, `sign-up`, `forgot`), `lang` (`en`, `de`), `theme` (`light`, `dark`), `popup` (providers in
 * a window of their own), `redirect-to`, `with-name`. Event: `signed-in`, with `{ user, session }` as its detail. Looks:
 * `--cloudbox-accent` and the other properties of docs/guide/accounts.md, and `::part(…)`.
 *
 * @example
 * import '@cloudbox/client/auth-element'
 * const element = document.querySelector('cloudbox-auth')
 * element.client = box
 * element.addEventListener('signed-in', ({ detail }) => console.log(`Hello ${detail.user.name}`))
 */
export class CloudBoxAuthElement extends Base {
  static readonly observedAttributes = ['view', 'lang', 'popup', 'redirect-to', 'with-name']
  /** Gives the token of a captcha, where the settings ask for one: `options` says which. */
  captcha: ((options: NonNullable<AuthOptions['captcha']>) => Promise<string>) | undefined
  #client: Pick<Client, 'auth'> | undefined
  #options: AuthOptions | undefined
  #stop: () => void = () => {}
  #filling: AbortController | undefined
  readonly #typed = { email: '' }

  /** The client to sign in with; nothing is shown before. */
  get client(): Pick<Client, 'auth'> | undefined {
    return this.#client
  }

  set client(client: Pick<Client, 'auth'> | undefined) {
    this.#stop()
    this.#client = client
    this.#options = undefined
    if (this.isConnected) void this.#start()
  }

  connectedCallback(): void {
    void this.#start()
  }

  disconnectedCallback(): void {
    this.#stop()
    this.#stopAutofill()
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || this.#options === undefined) return
    this.#draw(name === 'view')
  }

  async #start(): Promise<void> {
    const client = this.#client
    this.#draw(false)
    if (client === undefined) return
    this.#stop()
    this.#stop = client.auth.onAuthStateChange((event, session) => this.#hear(event, session))
    this.#options ??= (await client.auth.options().catch(() => undefined))?.data ?? usual
    const { error } = await client.auth.redirectResult().catch((error: unknown) => ({ error }))
    if (client !== this.#client || !this.isConnected) return
    const ui = this.#draw(false)
    if (error !== null && ui !== undefined) complain(ui, error as Parameters<typeof complain>[1])
  }

  #hear(event: AuthEvent, session: Session | null): void {
    if (session !== null) this.#typed.email = session.user.name ?? session.user.email ?? ''
    if (event === 'PASSWORD_RECOVERY') this.#show('new-password')
    else if (event === 'SIGNED_OUT') this.#show('sign-in')
    else if (session !== null && (event === 'SIGNED_IN' || event === 'INITIAL_SESSION')) {
      if (this.getAttribute('view') !== 'new-password') this.#show('signed-in')
      if (event === 'INITIAL_SESSION') return
      const detail = { user: session.user, session }
      this.dispatchEvent(new CustomEvent('signed-in', { detail, bubbles: true, composed: true }))
    }
  }

  #show(view: View): void {
    if (view === 'sign-in') this.#typed.email = this.#typed.email.includes('@') ? this.#typed.email : ''
    this.setAttribute('view', view)
  }

  /** Draws the view anew. @param hasMoved - the user came from another view */
  #draw(hasMoved: boolean): Ui | undefined {
    const root = this.shadowRoot ?? this.#attach()
    const language = this.lang || document.documentElement.lang || navigator.language
    const card = h('div', { class: 'card', part: 'card' })
    const notice = h('p', { class: 'notice', part: 'notice', role: 'alert' })
    const client = this.#client
    if (client === undefined || this.#options === undefined) {
      const lines = ['', '', ''].map(() => h('div', { class: 'skeleton' }))
      card.append(h('div', { class: 'stack', role: 'status', 'aria-busy': 'true' }, ...lines))
      root.replaceChildren(card)
      return undefined
    }
    const options = this.#options
    const ui: Ui = {
      auth: client.auth,
      texts: textsOf(language),
      options,
      popup: this.hasAttribute('popup'),
      // Links of mails come back to where they were asked for.
      redirectTo: this.getAttribute('redirect-to') ?? location.origin + location.pathname,
      withName: this.hasAttribute('with-name'),
      typed: this.#typed,
      notice,
      show: view => this.#show(view),
      captchaToken: async () => (options.captcha === null ? undefined : this.captcha?.(options.captcha)),
    }
    const view = this.getAttribute('view') ?? 'sign-in'
    const draw = Object.hasOwn(views, view) ? views[view as View] : views['sign-in']
    const parts = draw(ui).filter(part => part !== false)
    card.append(...parts)
    const introduction = card.querySelectorAll('h2, h2 + p')
    introduction[introduction.length - 1]!.after(notice)
    root.replaceChildren(card)
    this.#autofill(ui, draw === views['sign-in'] && options.passkeys && this.isConnected)
    // A reader of screens hears where it is, and who types goes on.
    if (hasMoved) (card.querySelector<HTMLElement>('input') ?? card.querySelector('h2'))?.focus()
    return ui
  }

  /** Passkeys are offered in the field for the address for as long as it is shown. */
  #autofill(ui: Ui, isOffered: boolean): void {
    if (!isOffered) return this.#stopAutofill()
    if (this.#filling !== undefined) return
    this.#filling = new AbortController()
    // What went wrong nobody has asked for: it is not told.
    ui.auth.signInWithPasskey({ autofill: true, signal: this.#filling.signal }).catch(() => {})
  }

  #stopAutofill(): void {
    this.#filling?.abort()
    this.#filling = undefined
  }

  #attach(): ShadowRoot {
    const root = this.attachShadow({ mode: 'open' })
    // Not an element of style, which a strict Content-Security-Policy refuses.
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    root.adoptedStyleSheets = [sheet]
    return root
  }
}

if (globalThis.customElements && !customElements.get('cloudbox-auth'))
  customElements.define('cloudbox-auth', CloudBoxAuthElement)

declare global {
  interface HTMLElementTagNameMap {
    'cloudbox-auth': CloudBoxAuthElement
  }
}
