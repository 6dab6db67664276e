import { isDeepStrictEqual } from 'node:util'
import type { MailTemplateList } from '@cloudbox/protocol/auth-mail'
import type { Database } from '../../../kernel/db.ts'
import type { Environment } from '../../../kernel/caller.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'
import type { Author } from '../../platform/module.ts'
import { builtInLanguages, builtInTemplate } from './built-in.ts'
import { mailKinds, type MailKind } from './kinds.ts'
import { pickLanguage } from './pick-language.ts'
import type { MailTemplate } from './render.ts'

/** A template as it is used. */
export interface FoundTemplate extends MailTemplate {
  readonly language: string
  /** Whether the environment has written it. */
  readonly isOwn: boolean
}

type TemplateRow = MailTemplate & Record<string, unknown>

/** The template of a mail, in the first wanted language there is one in. */
export async function findTemplate(
  db: Database,
  environment: Environment,
  kind: MailKind,
  wanted: readonly string[],
): Promise<FoundTemplate> {
  const own = await db.query<{ language: string; subject: string; html: string; text: string }>(sql`
    select language, subject, html, text from ${tableOf(environment)} where kind = ${kind}`)
  const available = new Set([...own.map(({ language }) => language), ...builtInLanguages])
  const language = pickLanguage(wanted, available) ?? 'en'
  const found = own.find(template => template.language === language)
  return found === undefined
    ? { language, isOwn: false, ...builtInTemplate(kind, language) }
    : { ...found, isOwn: true }
}

/** Every mail in every language there is. */
export async function listTemplates(
  db: Database,
  environment: Environment,
): Promise<MailTemplateList['templates']> {
  const own = await db.query<{ kind: string; language: string; subject: string }>(sql`
    select kind, language, subject from ${tableOf(environment)} order by language`)
  return mailKinds.flatMap(kind => {
    const written = own.filter(template => template.kind === kind)
    const missing = builtInLanguages.filter(name => !written.some(({ language }) => language === name))
    return [
      ...missing.map(language => ({
        kind,
        language,
        isOwn: false,
        subject: builtInTemplate(kind, language).subject,
      })),
      ...written.map(({ language, subject }) => ({ kind, language, isOwn: true, subject })),
    ]
  })
}

/** What changes of templates need. */
export interface TemplateDeps {
  readonly db: Database
  readonly author: Author
}

export async function writeTemplate(
  { db, author }: TemplateDeps,
  environment: Environment,
  {
    kind,
    language,
    subject,
    html,
    text,
  }: MailTemplate & { readonly kind: MailKind; readonly language: string },
): Promise<void> {
  await db.transaction(async tx => {
    const [before] = await tx.query<TemplateRow>(sql`
      select subject, html, text from ${tableOf(environment)}
      where kind = ${kind} and language = ${language} for update`)
    await tx.query(sql`
      insert into ${tableOf(environment)} (kind, language, subject, html, text)
      values (${kind}, ${language}, ${subject}, ${html}, ${text})
      on conflict (kind, language) do update set
        subject = excluded.subject, html = excluded.html, text = excluded.text, updated_at = now()`)
    const after = { subject, html, text }
    if (isDeepStrictEqual({ ...before }, after)) return
    await author.record(tx, {
      action: 'mail-template.written',
      subject: `${kind}/${language}`,
      before,
      after,
    })
  })
}

/** The built-in one counts again. */
export async function removeTemplate(
  { db, author }: TemplateDeps,
  environment: Environment,
  kind: MailKind,
  language: string,
): Promise<void> {
  await db.transaction(async tx => {
    const [before] = await tx.query<TemplateRow>(sql`
      delete from ${tableOf(environment)} where kind = ${kind} and language = ${language}
      returning subject, html, text`)
    if (before !== undefined)
      await author.record(tx, { action: 'mail-template.removed', subject: `${kind}/${language}`, before })
  })
}

function tableOf({ schema }: Environment): Sql {
  return id(schema, 'auth_mail_templates')
}
