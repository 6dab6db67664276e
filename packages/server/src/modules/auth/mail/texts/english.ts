import type { MailWords } from './mail-text.ts'

const once = 'The link works once, for {{ expiresIn }}.'
const facts = [
  ['Device', '{{ device }}'],
  ['Place', '{{ place }}'],
  ['Time', '{{ time }}'],
] as const

export const english: MailWords = {
  linkNote: 'The button does nothing? Open this address:',
  footer: '{{ appName }} sent this mail to {{ email }}.',
  unknown: 'unknown',
  factors: {
    authenticator: 'Authenticator app',
    passkey: 'Passkey',
    phone: 'Phone number',
    'backup-codes': 'Backup codes',
  },
  changes: { added: 'added', removed: 'removed' },
  mails: {
    'verify-email': {
      subject: 'Confirm your e-mail address',
      preheader: 'One click, and your {{ appName }} account is ready.',
      heading: 'Welcome to {{ appName }}',
      paragraphs: ['Please confirm that {{ email }} is your address. After that your account is ready.'],
      button: 'Confirm address',
      notes: [once, 'You did not sign up? Then ignore this mail, and nothing happens.'],
    },
    'reset-password': {
      subject: 'Reset your {{ appName }} password',
      preheader: 'Choose a new password within {{ expiresIn }}.',
      heading: 'Choose a new password',
      paragraphs: [
        'Somebody, we hope you, asked for a new password for the {{ appName }} account of {{ email }}.',
      ],
      button: 'Choose a new password',
      notes: [once, 'It was not you? Then ignore this mail: your password stays as it is.'],
    },
    'magic-link': {
      subject: 'Your link to sign in to {{ appName }}',
      preheader: 'It works once, for {{ expiresIn }}.',
      heading: 'Sign in to {{ appName }}',
      paragraphs: ['Press the button to sign in as {{ email }}. No password needed.'],
      button: 'Sign in',
      notes: [
        once,
        'You did not ask for it? Then ignore this mail. Never pass the link on: whoever has it gets in.',
      ],
    },
    'email-code': {
      subject: '{{ code }} is your {{ appName }} code',
      preheader: 'Type it in where you are signing in.',
      heading: 'Your code for {{ appName }}',
      paragraphs: ['Type this code in where you are signing in:'],
      showsCode: true,
      notes: [
        'The code works once, for {{ expiresIn }}.',
        'You did not ask for it? Then ignore this mail. Never tell anyone the code: nobody at {{ appName }} will ask for it.',
      ],
    },
    'phone-code': {
      subject:
        '{{ code }} is your {{ appName }} code. It works once, for {{ expiresIn }}. Tell it to nobody.',
      preheader: 'A message to a phone is a single line.',
      heading: 'A message to a phone',
      paragraphs: [
        '{{ code }} is your {{ appName }} code. It works once, for {{ expiresIn }}. Tell it to nobody.',
      ],
      notes: [],
    },
    'change-email': {
      subject: 'Confirm your new e-mail address',
      preheader: 'One click, and {{ appName }} uses this address.',
      heading: 'Is this your new address?',
      paragraphs: ['Please confirm that your {{ appName }} account shall use {{ email }} from now on.'],
      button: 'Use this address',
      notes: [once, 'You know nothing about it? Then ignore this mail, and nothing changes.'],
    },
    'email-changed': {
      subject: 'Your {{ appName }} e-mail address was changed',
      preheader: 'Your account uses another address now.',
      heading: 'Your e-mail address was changed',
      paragraphs: ['Your {{ appName }} account now uses {{ newEmail }} instead of {{ email }}.'],
      facts,
      notes: ['It was not you? Then somebody may be in your account: contact {{ appName }} right away.'],
    },
    'password-changed': {
      subject: 'Your {{ appName }} password was changed',
      preheader: 'If it was you, there is nothing to do.',
      heading: 'Your password was changed',
      paragraphs: [
        'The password of your {{ appName }} account was changed. If it was you, there is nothing to do.',
      ],
      facts,
      notes: ['It was not you? Then reset your password now and sign out your other devices.'],
    },
    'already-registered': {
      subject: 'You already have a {{ appName }} account',
      preheader: 'Sign in instead, or reset your password.',
      heading: 'You have an account already',
      paragraphs: [
        'Somebody, we hope you, tried to sign up for {{ appName }} with {{ email }}. There is an account with this address: just sign in. If you do not remember your password, you can reset it there.',
      ],
      button: 'Go to sign-in',
      notes: [
        'It was not you? Then ignore this mail: nobody got in, and nobody was told that you have an account.',
      ],
    },
    invite: {
      subject: 'You are invited to {{ appName }}',
      preheader: 'Accept within {{ expiresIn }}.',
      heading: 'You are invited to {{ appName }}',
      paragraphs: ['An account for {{ email }} is waiting for you. Accept the invitation to start.'],
      button: 'Accept the invitation',
      notes: [once, 'You do not know {{ appName }}? Then ignore this mail, and nothing happens.'],
    },
    'new-device': {
      subject: 'New sign-in to {{ appName }}',
      preheader: '{{ device }}, {{ time }}',
      heading: 'New sign-in to your account',
      paragraphs: [
        'Your {{ appName }} account was used on a device we have not seen before. If it was you, there is nothing to do.',
      ],
      facts,
      notes: ['It was not you? Then change your password now and sign out your other devices.'],
    },
    'factor-changed': {
      subject: 'The security of your {{ appName }} account was changed',
      preheader: '{{ factor }}: {{ change }}. If it was you, there is nothing to do.',
      heading: 'Your ways to sign in were changed',
      paragraphs: ['This was changed in your {{ appName }} account. If it was you, there is nothing to do.'],
      facts: [['Changed', '{{ factor }}: {{ change }}'], ...facts],
      notes: [
        'It was not you? Then change your password now and look at the devices and sign-in methods of your account.',
      ],
    },
    alert: {
      subject: '{{ headline }}',
      preheader: '{{ summary }}',
      heading: '{{ headline }}',
      paragraphs: ['{{ summary }}'],
      facts: [
        ['Measured', '{{ measured }}'],
        ['Since', '{{ time }}'],
      ],
      button: 'Look at the alerts',
      notes: ['You get this because {{ email }} is a channel of the alerts of {{ appName }}.'],
    },
  },
}
