import type { ProviderSettings } from '@cloudbox/protocol/auth-settings'

/** Who somebody is, as a provider says it. */
export interface Profile {
  /** His id there; never changes and never goes to somebody else. */
  readonly subject: string
  readonly email: string | null
  /** The provider says that he reads the mail of this address. */
  readonly emailVerified: boolean
  readonly name: string | null
  readonly avatarUrl: string | null
  readonly username: string | null
}

/** What a provider answered, as it came. */
export type Raw = Readonly<Record<string, unknown>>

/** Where a provider of OAuth 2.0 is asked; one of OpenID Connect tells it itself. */
export interface Oauth2Endpoints {
  readonly authorize: string
  readonly token: string
  readonly userinfo: string
  /** Further answers to put into the raw one, by name. */
  readonly more?: Readonly<Record<string, string>>
}

/** An identity provider as data. */
export interface Provider {
  readonly id: string
  readonly name: string
  /** Of its button. */
  readonly color: string
  readonly scopes: readonly string[]
  /** Its word that an address is verified is believed, also for accounts that were there before. */
  readonly trustEmail: boolean
  /** Of OpenID Connect: the address of its discovery, without `/.well-known/…`. */
  readonly issuer?: string
  /** Of plain OAuth 2.0. */
  readonly endpoints?: Oauth2Endpoints
  /** Further parameters of the authorization. */
  readonly authorizeWith?: Readonly<Record<string, string>>
  readonly profile: (raw: Raw) => Profile
}

/** An app's client at a provider. */
export type Client = Pick<ProviderSettings, 'clientSecret' | 'nativeClientIds' | 'scopes' | 'settings'> & {
  readonly clientId: string
}
