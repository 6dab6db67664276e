import type { AuthOptions } from '@cloudbox/protocol/auth'
import type { CloudBoxError } from '../../cloudbox-error.ts'
import type { Auth } from '../auth.ts'
import { h } from './dom.ts'
import type { Texts } from './texts.ts'

/** What the element shows. */
export type View = 'sign-in' | 'sign-up' | 'forgot' | 'link-sent' | 'code' | 'new-password' | 'signed-in'

/** What views stand on. */
export interface Ui {
  readonly auth: Auth
  readonly texts: Texts
  readonly options: AuthOptions
  readonly popup: boolean
  readonly redirectTo: string
  /** What was typed in, so that no view asks for it again. */
  readonly typed: { email: string }
  /** What a new account wants to be asked for beside the address and the password. */
  readonly withName: boolean
  show(view: View): void
  captchaToken(): Promise<string | undefined>
  /** Place for what went wrong, one in each view. */
  readonly notice: HTMLElement
}

/** What an action of the client answers. */
export interface Answer {
  readonly error: CloudBoxError | null
}

/** Does the work of a button, which turns until it is done, and says what went wrong. @returns whether it went well */
export async function run(ui: Ui, button: HTMLElement, work: () => Promise<Answer>): Promise<boolean> {
  if (button.ariaDisabled === 'true') return false
  const spinner = h('span', { class: 'spinner', 'aria-hidden': 'true' })
  button.ariaDisabled = 'true'
  button.prepend(spinner)
  say(ui, '')
  try {
    const { error } = await work()
    if (error !== null) complain(ui, error)
    return error === null
  } catch (error) {
    complain(ui, error as CloudBoxError)
    return false
  } finally {
    button.ariaDisabled = null
    spinner.remove()
  }
}

/** These are what the user wanted. */
const silent = new Set(['client/popup-closed', 'client/aborted'])

export function complain(ui: Ui, error: CloudBoxError): void {
  if (silent.has(error.code)) return
  say(ui, ui.texts.errors[error.code] ?? error.details?.[0]?.message ?? error.message)
}

export function say({ notice }: Ui, text: string, isGood = false): void {
  notice.className = isGood ? 'notice good' : 'notice'
  notice.textContent = text
}
