import type { User } from '@cloudbox/protocol/auth'
import type { Environment } from '../../kernel/caller.ts'
import type { TokenSession } from './tokens/access-token.ts'

/** A place where others have a say: all are asked, in the order they came. Whoever throws refuses. */
export class Slot<Question, Answer> {
  readonly #fillers = new Set<(question: Question) => Answer | Promise<Answer>>()

  /** Adds somebody to ask. Gives the function that removes him. */
  add(fill: (question: Question) => Answer | Promise<Answer>): () => void {
    this.#fillers.add(fill)
    return () => void this.#fillers.delete(fill)
  }

  async ask(question: Question): Promise<Answer[]> {
    const answers: Answer[] = []
    for (const fill of this.#fillers) answers.push(await fill(question))
    return answers
  }
}

/** Somebody who is about to get an account. */
export interface Newcomer {
  readonly environment: Environment
  readonly email: string | null
  readonly phone: string | null
  readonly name: string | null
  /** `password`, `email` (a mailed link or code), `phone`, `anonymous`, or the id of a provider. */
  readonly method: string
}

/** What a hook gives a new account. */
export interface Granted {
  readonly role?: string
  readonly roles?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Where others have a say about accounts. A Problem they throw is what the app gets as answer. */
export class AccountHooks {
  /** Before an account is made, also one that turns out to be there: no answer and no time tells. */
  readonly beforeSignUp = new Slot<Newcomer, Granted | void>()
  /** Before a session is opened; the user has proved to be himself. */
  readonly beforeSignIn = new Slot<
    { readonly environment: Environment; readonly user: User; readonly methods: readonly string[] },
    void
  >()
  /** Whenever an access token is made. Reserved claims stay what they are. */
  readonly customClaims = new Slot<
    { readonly environment: Environment; readonly user: User; readonly session: TokenSession },
    Readonly<Record<string, unknown>>
  >()
}
