import type { MailWords } from './mail-text.ts'

const once = 'Der Link gilt einmal und {{ expiresIn }} lang.'
const facts = [
  ['Gerät', '{{ device }}'],
  ['Ort', '{{ place }}'],
  ['Zeit', '{{ time }}'],
] as const

export const german: MailWords = {
  linkNote: 'Die Schaltfläche reagiert nicht? Dann öffne diese Adresse:',
  footer: '{{ appName }} hat diese Mail an {{ email }} gesendet.',
  unknown: 'unbekannt',
  factors: {
    authenticator: 'Authenticator-App',
    passkey: 'Passkey',
    phone: 'Telefonnummer',
    'backup-codes': 'Ersatzcodes',
  },
  changes: { added: 'hinzugefügt', removed: 'entfernt' },
  mails: {
    'verify-email': {
      subject: 'Bestätige deine E-Mail-Adresse',
      preheader: 'Ein Klick, und dein Konto bei {{ appName }} ist bereit.',
      heading: 'Willkommen bei {{ appName }}',
      paragraphs: ['Bitte bestätige, dass {{ email }} deine Adresse ist. Danach ist dein Konto bereit.'],
      button: 'Adresse bestätigen',
      notes: [once, 'Du hast dich nicht angemeldet? Dann ignoriere diese Mail, und es passiert nichts.'],
    },
    'reset-password': {
      subject: 'Neues Passwort für {{ appName }}',
      preheader: 'Der Link gilt {{ expiresIn }} lang.',
      heading: 'Wähle ein neues Passwort',
      paragraphs: [
        'Jemand, hoffentlich du, möchte für das Konto von {{ email }} bei {{ appName }} ein neues Passwort.',
      ],
      button: 'Neues Passwort wählen',
      notes: [once, 'Das warst nicht du? Dann ignoriere diese Mail: Dein Passwort bleibt, wie es ist.'],
    },
    'magic-link': {
      subject: 'Dein Link zur Anmeldung bei {{ appName }}',
      preheader: 'Er gilt einmal und {{ expiresIn }} lang.',
      heading: 'Anmelden bei {{ appName }}',
      paragraphs: ['Mit einem Klick meldest du dich als {{ email }} an, ganz ohne Passwort.'],
      button: 'Anmelden',
      notes: [
        once,
        'Das warst nicht du? Dann ignoriere diese Mail. Gib den Link nie weiter: Wer ihn hat, kommt hinein.',
      ],
    },
    'email-code': {
      subject: '{{ code }} ist dein Code für {{ appName }}',
      preheader: 'Gib ihn dort ein, wo du dich gerade anmeldest.',
      heading: 'Dein Code für {{ appName }}',
      paragraphs: ['Gib diesen Code dort ein, wo du dich gerade anmeldest:'],
      showsCode: true,
      notes: [
        'Der Code gilt einmal und {{ expiresIn }} lang.',
        'Das warst nicht du? Dann ignoriere diese Mail. Verrate den Code niemandem: {{ appName }} fragt dich nie danach.',
      ],
    },
    'phone-code': {
      subject:
        '{{ code }} ist dein Code für {{ appName }}. Er gilt einmal und {{ expiresIn }} lang. Verrate ihn niemandem.',
      preheader: 'Eine Nachricht an ein Telefon ist eine einzige Zeile.',
      heading: 'Eine Nachricht an ein Telefon',
      paragraphs: [
        '{{ code }} ist dein Code für {{ appName }}. Er gilt einmal und {{ expiresIn }} lang. Verrate ihn niemandem.',
      ],
      notes: [],
    },
    'change-email': {
      subject: 'Bestätige deine neue E-Mail-Adresse',
      preheader: 'Ein Klick, und {{ appName }} verwendet diese Adresse.',
      heading: 'Ist das deine neue Adresse?',
      paragraphs: ['Bitte bestätige, dass dein Konto bei {{ appName }} ab jetzt {{ email }} verwenden soll.'],
      button: 'Diese Adresse verwenden',
      notes: [once, 'Du weißt nichts davon? Dann ignoriere diese Mail, und nichts ändert sich.'],
    },
    'email-changed': {
      subject: 'Deine E-Mail-Adresse bei {{ appName }} wurde geändert',
      preheader: 'Dein Konto verwendet jetzt eine andere Adresse.',
      heading: 'Deine E-Mail-Adresse wurde geändert',
      paragraphs: ['Dein Konto bei {{ appName }} verwendet jetzt {{ newEmail }} statt {{ email }}.'],
      facts,
      notes: [
        'Das warst nicht du? Dann ist vielleicht jemand in deinem Konto: Wende dich gleich an {{ appName }}.',
      ],
    },
    'password-changed': {
      subject: 'Dein Passwort bei {{ appName }} wurde geändert',
      preheader: 'Wenn du es warst, ist nichts zu tun.',
      heading: 'Dein Passwort wurde geändert',
      paragraphs: [
        'Das Passwort deines Kontos bei {{ appName }} wurde geändert. Wenn du es warst, ist nichts zu tun.',
      ],
      facts,
      notes: ['Das warst nicht du? Dann setze dein Passwort jetzt zurück und melde deine anderen Geräte ab.'],
    },
    'already-registered': {
      subject: 'Du hast schon ein Konto bei {{ appName }}',
      preheader: 'Melde dich einfach an, oder setze dein Passwort zurück.',
      heading: 'Du hast schon ein Konto',
      paragraphs: [
        'Jemand, hoffentlich du, wollte mit {{ email }} ein Konto bei {{ appName }} eröffnen. Mit dieser Adresse gibt es schon eines: Melde dich einfach an. Wenn du dein Passwort nicht mehr weißt, kannst du es dort zurücksetzen.',
      ],
      button: 'Zur Anmeldung',
      notes: [
        'Das warst nicht du? Dann ignoriere diese Mail: Niemand kam hinein, und niemand hat erfahren, dass du ein Konto hast.',
      ],
    },
    invite: {
      subject: 'Einladung zu {{ appName }}',
      preheader: 'Sie gilt {{ expiresIn }} lang.',
      heading: 'Du bist zu {{ appName }} eingeladen',
      paragraphs: ['Ein Konto für {{ email }} wartet auf dich. Nimm die Einladung an, und es geht los.'],
      button: 'Einladung annehmen',
      notes: [once, 'Du kennst {{ appName }} nicht? Dann ignoriere diese Mail, und es passiert nichts.'],
    },
    'new-device': {
      subject: 'Neue Anmeldung bei {{ appName }}',
      preheader: '{{ device }}, {{ time }}',
      heading: 'Neue Anmeldung in deinem Konto',
      paragraphs: [
        'Dein Konto bei {{ appName }} wurde auf einem Gerät benutzt, das wir noch nicht kennen. Wenn du es warst, ist nichts zu tun.',
      ],
      facts,
      notes: ['Das warst nicht du? Dann ändere jetzt dein Passwort und melde deine anderen Geräte ab.'],
    },
    'factor-changed': {
      subject: 'Die Sicherheit deines Kontos bei {{ appName }} wurde geändert',
      preheader: '{{ factor }}: {{ change }}. Wenn du es warst, ist nichts zu tun.',
      heading: 'Deine Anmeldewege wurden geändert',
      paragraphs: [
        'Das wurde in deinem Konto bei {{ appName }} geändert. Wenn du es warst, ist nichts zu tun.',
      ],
      facts: [['Geändert', '{{ factor }}: {{ change }}'], ...facts],
      notes: [
        'Das warst nicht du? Dann ändere jetzt dein Passwort und sieh dir Geräte und Anmeldewege deines Kontos an.',
      ],
    },
    alert: {
      subject: '{{ headline }}',
      preheader: '{{ summary }}',
      heading: '{{ headline }}',
      paragraphs: ['{{ summary }}'],
      facts: [
        ['Gemessen', '{{ measured }}'],
        ['Seit', '{{ time }}'],
      ],
      button: 'Alarme ansehen',
      notes: ['Du bekommst diese Mail, weil {{ email }} ein Kanal der Alarme von {{ appName }} ist.'],
    },
  },
}
