/** What each mail is for, for people. */
export const mailNames: Readonly<Record<string, string>> = {
  'verify-email': 'Verify an address',
  'reset-password': 'Set a new password',
  'magic-link': 'Sign in by a link',
  'email-code': 'Sign in by a code',
  'phone-code': 'Code to a phone',
  'change-email': 'Verify a new address',
  'email-changed': 'The address was changed',
  'password-changed': 'The password was changed',
  'already-registered': 'There is an account already',
  invite: 'Invitation',
  'new-device': 'Sign-in from a new device',
  'factor-changed': 'A factor was added or removed',
  alert: 'Something fires, or is over',
}
