import type { Kept } from './legs/authorization.ts'

/** What is kept between the start of a sign-in and the browser's return from the provider. */
export interface OauthState {
  readonly provider: string
  readonly kept: Kept
  readonly redirectUri: string
  readonly purpose: 'sign-in' | 'link' | 'test'
  /** null in a test. */
  readonly redirectTo: string | null
  readonly codeChallenge: string | null
}
