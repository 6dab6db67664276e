import { Type, type Static } from 'typebox'

const closed = { additionalProperties: false } as const
const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

/** A mail in the mailbox of a dev environment, as the list shows it. */
export const MailboxEntry = Type.Object({
  id: Type.String(),
  to: Type.String(),
  kind: Type.String(),
  language: Type.String(),
  subject: Type.String(),
  link: nullable('The link it carries.'),
  code: nullable('The code it carries.'),
  /** When it was sent, ISO 8601. */
  at: Type.String(),
})
export type MailboxEntry = Static<typeof MailboxEntry>

/** Answer of `GET /v1/auth/mailbox/messages`: the newest first, 200 at most. */
export const MailboxList = Type.Object({ messages: Type.Array(MailboxEntry) })
export type MailboxList = Static<typeof MailboxList>

/** Answer of `GET /v1/auth/mailbox/messages/:id`. */
export const MailboxMessage = Type.Object({
  ...MailboxEntry.properties,
  html: Type.String(),
  text: Type.String(),
})
export type MailboxMessage = Static<typeof MailboxMessage>

/** Body of `PUT /v1/auth/mail-templates/:kind`: a mail with `{{ variable }}` in it. */
export const MailTemplateSource = Type.Object(
  {
    subject: Type.String({ minLength: 1, maxLength: 300 }),
    html: Type.String({ minLength: 1, maxLength: 200_000 }),
    text: Type.String({ minLength: 1, maxLength: 50_000 }),
  },
  closed,
)

/** `?language=` of a template; English unless told. */
export const MailTemplateQuery = Type.Object(
  { language: Type.Optional(Type.String({ maxLength: 35, description: 'As in `de` or `pt-BR`.' })) },
  closed,
)

/** A template with what it looks like. */
export const MailTemplateView = Type.Object({
  kind: Type.String(),
  language: Type.String({ description: 'Another than asked for where there is none in that.' }),
  isOwn: Type.Boolean({ description: 'Written by this environment; else it is built in.' }),
  variables: Type.Array(Type.String()),
  source: MailTemplateSource,
  preview: MailTemplateSource,
})
export type MailTemplateView = Static<typeof MailTemplateView>

/** Answer of `GET /v1/auth/mail-templates`. */
export const MailTemplateList = Type.Object({
  templates: Type.Array(
    Type.Object({
      kind: Type.String(),
      language: Type.String(),
      isOwn: Type.Boolean(),
      subject: Type.String(),
    }),
  ),
})
export type MailTemplateList = Static<typeof MailTemplateList>

/** Body of `POST /v1/auth/mail-templates/:kind/test`. */
export const TestMail = Type.Object(
  { to: Type.String({ minLength: 3, maxLength: 254, description: 'An address; for a message, a number.' }) },
  closed,
)
