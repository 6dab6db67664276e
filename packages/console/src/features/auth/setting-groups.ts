import type { AuthSettings } from '@cloudbox/protocol/auth-settings'

/** One setting as a field of a form. */
export interface SettingField {
  readonly name: keyof AuthSettings
  readonly label: string
  readonly hint?: string
  readonly kind:
    | 'switch'
    | 'text'
    | 'secret'
    | 'number'
    /** One a line. */
    | 'lines'
    | 'flags'
    | 'choice'
  /** Of flags and choices. */
  readonly options?: readonly string[]
}

export interface SettingGroup {
  readonly title: string
  readonly about: string
  readonly fields: readonly SettingField[]
}

const on = (name: keyof AuthSettings, label: string, hint?: string): SettingField => ({
  name,
  label,
  kind: 'switch',
  ...(hint !== undefined && { hint }),
})

/** The settings of accounts, as people look for them. Captcha and messages to phones have forms of their own. */
export const settingGroups: readonly SettingGroup[] = [
  {
    title: 'Ways in',
    about: 'How users come in, besides providers.',
    fields: [
      on('signUp', 'Sign-up', 'Strangers may make accounts.'),
      on('password', 'Password'),
      on('magicLink', 'Mailed link'),
      on('emailCode', 'Mailed code'),
      on('phoneCode', 'Code to a phone', 'Needs a sender of messages, below, where people are real.'),
      on('passkeys', 'Passkeys'),
      on('anonymous', 'Anonymous', 'Accounts without any credentials.'),
      on(
        'verifyEmail',
        'Verify addresses',
        'A password account can be used only once its address is verified.',
      ),
    ],
  },
  {
    title: 'Addresses',
    about: 'Where mailed links and providers may lead.',
    fields: [
      {
        name: 'siteUrl',
        label: 'The app',
        hint: 'Links go there unless a request names another allowed address.',
        kind: 'text',
      },
      {
        name: 'redirectUrls',
        label: 'Allowed redirects',
        hint: 'One a line, exact; a * at the end of an origin and path allows what follows.',
        kind: 'lines',
      },
      {
        name: 'passkeyRpId',
        label: 'Domain of passkeys',
        hint: 'The host of the app unless set. Passkeys of another domain are of no use.',
        kind: 'text',
      },
      {
        name: 'passkeyOrigins',
        label: 'More origins that may use passkeys',
        hint: 'One a line: origins, or android:apk-key-hash:… of an app.',
        kind: 'lines',
      },
    ],
  },
  {
    title: 'Passwords',
    about: 'What a new one has to be. Long beats mixed.',
    fields: [
      { name: 'passwordMinLength', label: 'Shortest', hint: '6 to 64 characters.', kind: 'number' },
      {
        name: 'passwordRequires',
        label: 'Has to have',
        kind: 'flags',
        options: ['lower', 'upper', 'digit', 'symbol'],
      },
      on(
        'refuseBreachedPasswords',
        'Refuse breached ones',
        'Asks haveibeenpwned.com with five digits of a hash.',
      ),
    ],
  },
  {
    title: 'Sessions',
    about: 'How long somebody stays in. Times are seconds.',
    fields: [
      { name: 'sessionSeconds', label: 'Longest life', hint: '2592000 are 30 days.', kind: 'number' },
      { name: 'sessionIdleSeconds', label: 'Ends unused after', hint: '0: never.', kind: 'number' },
      { name: 'accessTokenSeconds', label: 'Life of a token', hint: 'Renewed by itself.', kind: 'number' },
      {
        name: 'signingAlgorithm',
        label: 'Signed with',
        kind: 'choice',
        options: ['ES256', 'EdDSA', 'RS256'],
      },
      on('singleSession', 'One session only', 'Signing in ends all others of the user.'),
    ],
  },
  {
    title: 'Mail',
    about: 'Who sends it. In development it lies in the mailbox as well.',
    fields: [
      { name: 'appName', label: 'Name of the app', hint: 'In mails; the project unless set.', kind: 'text' },
      { name: 'mailFrom', label: 'From', hint: 'Name <address> of the sender.', kind: 'text' },
      {
        name: 'smtpUrl',
        label: 'Mail server',
        hint: 'smtp://user:password@host:port; sealed, and never shown again.',
        kind: 'secret',
      },
      { name: 'mailLanguage', label: 'Language', hint: 'Where that of the user is not known.', kind: 'text' },
    ],
  },
]

/** Requests a minute. */
export const rateLimits = [
  ['signIn', 'Sign-ins', 'of one network address'],
  ['signUp', 'New accounts', 'of one network address'],
  ['mail', 'Mails', 'asked for by one network address'],
  ['mailPerAddress', 'Mails to one address', ''],
  ['messages', 'Messages to phones', 'all together: they cost money'],
  ['confirm', 'Links and codes', 'redeemed by one network address'],
] as const satisfies readonly (readonly [keyof AuthSettings['rateLimits'], string, string])[]
