import type { Tx } from '../../../kernel/db.ts'

/** An operator as others may see him. */
export interface OperatorAccount {
  readonly id: string
  readonly email: string
  readonly name: string | null
  readonly lastSignInAt: string | null
}

/** A request, as far as accounts need it. */
export interface Asking {
  readonly ip: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The accounts of operators. They are users of `_platform/production`, so the module of accounts puts this in. */
export interface OperatorAccounts {
  /** Makes settings what they have to be for operators; doing it again changes nothing. */
  prepare(mail: { readonly smtpUrl: string; readonly mailFrom: string }): Promise<void>
  /**
   * Makes an account whose address is proven, and answers its id.
   * @throws Problem `auth/account-exists`, `auth/weak-password`
   */
  create(
    wanted: { email: string; password: string; name?: string | undefined; roles?: string[] },
    asking: Asking,
  ): Promise<string>
  byId(ids: readonly string[]): Promise<OperatorAccount[]>
  /** @param email in any letters */
  byEmail(email: string): Promise<OperatorAccount | undefined>
  /** Whether an operator has set up a second factor. */
  hasSecondFactor(id: string): Promise<boolean>
  /** Mails an invitation once the transaction is committed. */
  invite(tx: Tx, message: InvitationMail): Promise<void>
}

export interface InvitationMail {
  readonly to: string
  readonly link: string
  readonly expiresInSeconds: number
  /** `Accept-Language` of who invites. */
  readonly languages: string | undefined
}

/** Filled when the module of accounts starts. */
export class OperatorAccountsSlot {
  #accounts: OperatorAccounts | undefined

  fill(accounts: OperatorAccounts): void {
    this.#accounts = accounts
  }

  get accounts(): OperatorAccounts {
    if (this.#accounts === undefined) throw new Error('no module keeps the accounts of operators')
    return this.#accounts
  }
}
