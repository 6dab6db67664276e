/** What the element says, in one language. */
export interface Texts {
  readonly signIn: string
  readonly signUp: string
  readonly email: string
  readonly password: string
  readonly newPassword: string
  readonly name: string
  readonly code: string
  readonly showPassword: string
  readonly forgot: string
  readonly forgotLead: string
  readonly sendLink: string
  readonly sendCode: string
  readonly setPassword: string
  readonly setPasswordLead: string
  readonly save: string
  readonly or: string
  readonly continueWith: (provider: string) => string
  readonly passkey: string
  readonly mailLink: string
  readonly mailCode: string
  readonly noAccount: string
  readonly makeAccount: string
  readonly haveAccount: string
  readonly back: string
  readonly resend: string
  readonly resent: string
  readonly confirm: string
  readonly mailSent: string
  readonly mailSentTo: (email: string) => string
  readonly codeSentTo: (email: string) => string
  readonly asGuest: string
  readonly signedInAs: (who: string) => string
  readonly guest: string
  readonly signOut: string
  readonly invalidEmail: string
  readonly required: string
  readonly errors: Readonly<Record<string, string>>
}

const english: Texts = {
  signIn: 'Sign in',
  signUp: 'Create account',
  email: 'Email',
  password: 'Password',
  newPassword: 'New password',
  name: 'Name',
  code: 'Six-digit code',
  showPassword: 'Show password',
  forgot: 'Forgot password?',
  forgotLead: 'We’ll mail you a link to set a new one.',
  sendLink: 'Send link',
  sendCode: 'Send code',
  setPassword: 'Set a new password',
  setPasswordLead: 'Your other devices will be signed out.',
  save: 'Save password',
  or: 'or',
  continueWith: provider => `Continue with ${provider}`,
  passkey: 'Passkey',
  mailLink: 'Email link',
  mailCode: 'Email code',
  noAccount: 'No account yet?',
  makeAccount: 'Create one',
  haveAccount: 'Have an account?',
  back: 'Back to sign in',
  resend: 'Send it again',
  resent: 'Sent again.',
  confirm: 'Continue',
  mailSent: 'Check your mail',
  mailSentTo: email => `We sent a link to ${email}. Open it in this browser to go on.`,
  codeSentTo: email => `We sent a code to ${email}.`,
  asGuest: 'Continue as a guest',
  signedInAs: who => `Signed in as ${who}`,
  guest: 'a guest',
  signOut: 'Sign out',
  invalidEmail: 'Enter an email address, such as ada@example.com.',
  required: 'Fill this in.',
  errors: {
    'auth/wrong-credentials': 'Email or password is wrong.',
    'auth/email-not-verified': 'Open the link in the mail we sent you first.',
    'auth/account-exists': 'There is an account with this address already. Sign in instead.',
    'auth/link-invalid': 'This code or link is wrong or too old. Ask for a new one.',
    'auth/not-enabled': 'This way in is switched off.',
    'auth/banned': 'This account is suspended.',
    'auth/too-many-requests': 'Too many attempts. Wait a moment and try again.',
    'auth/sign-in-cancelled': 'You cancelled the sign-in.',
    'client/network': 'No connection. Check your network and try again.',
    'client/popup-blocked': 'Your browser blocked the window. Allow it and try again.',
    'client/passkeys-unsupported': 'This browser knows no passkeys.',
    'client/passkey-cancelled': 'No passkey was chosen.',
  },
}

const german: Texts = {
  signIn: 'Anmelden',
  signUp: 'Konto erstellen',
  email: 'E-Mail',
  password: 'Passwort',
  newPassword: 'Neues Passwort',
  name: 'Name',
  code: 'Sechsstelliger Code',
  showPassword: 'Passwort anzeigen',
  forgot: 'Passwort vergessen?',
  forgotLead: 'Wir schicken dir einen Link, mit dem du ein neues setzt.',
  sendLink: 'Link schicken',
  sendCode: 'Code schicken',
  setPassword: 'Neues Passwort setzen',
  setPasswordLead: 'Deine anderen Geräte werden abgemeldet.',
  save: 'Passwort speichern',
  or: 'oder',
  continueWith: provider => `Weiter mit ${provider}`,
  passkey: 'Passkey',
  mailLink: 'Link per Mail',
  mailCode: 'Code per Mail',
  noAccount: 'Noch kein Konto?',
  makeAccount: 'Konto erstellen',
  haveAccount: 'Schon ein Konto?',
  back: 'Zurück zur Anmeldung',
  resend: 'Noch einmal schicken',
  resent: 'Noch einmal geschickt.',
  confirm: 'Weiter',
  mailSent: 'Sieh in dein Postfach',
  mailSentTo: email => `Wir haben einen Link an ${email} geschickt. Öffne ihn in diesem Browser.`,
  codeSentTo: email => `Wir haben einen Code an ${email} geschickt.`,
  asGuest: 'Weiter als Gast',
  signedInAs: who => `Angemeldet als ${who}`,
  guest: 'Gast',
  signOut: 'Abmelden',
  invalidEmail: 'Gib eine E-Mail-Adresse ein, etwa ada@example.com.',
  required: 'Bitte ausfüllen.',
  errors: {
    'auth/wrong-credentials': 'E-Mail oder Passwort ist falsch.',
    'auth/email-not-verified': 'Öffne erst den Link in der Mail, die wir dir geschickt haben.',
    'auth/account-exists': 'Zu dieser Adresse gibt es schon ein Konto. Melde dich damit an.',
    'auth/link-invalid': 'Code oder Link ist falsch oder zu alt. Fordere einen neuen an.',
    'auth/not-enabled': 'Dieser Weg ist abgeschaltet.',
    'auth/banned': 'Dieses Konto ist gesperrt.',
    'auth/too-many-requests': 'Zu viele Versuche. Warte einen Moment.',
    'auth/sign-in-cancelled': 'Du hast die Anmeldung abgebrochen.',
    'client/network': 'Keine Verbindung. Prüfe dein Netz und versuche es noch einmal.',
    'client/popup-blocked': 'Dein Browser hat das Fenster blockiert. Erlaube es und versuche es noch einmal.',
    'client/passkeys-unsupported': 'Dieser Browser kennt keine Passkeys.',
    'client/passkey-cancelled': 'Es wurde kein Passkey gewählt.',
  },
}

/** The texts of a language such as `de-AT`; English when there are none. */
export function textsOf(language: string): Texts {
  return /^de\b/i.test(language) ? german : english
}
