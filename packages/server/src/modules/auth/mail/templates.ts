import type { Database } from '../../../kernel/db.ts'
import type { Environment } from '../../../kernel/caller.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'
import { builtInLanguages, builtInTemplate } from './built-in.ts'
import type { MailKind } from './kinds.ts'
import { pickLanguage } from './pick-language.ts'
import type { MailTemplate } from './render.ts'

/** A template as it is used. */
export interface FoundTemplate extends MailTemplate {
  readonly language: string
  /** Whether the environment has written it. */
  readonly isOwn: boolean
}

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

function tableOf({ schema }: Environment): Sql {
  return id(schema, 'auth_mail_templates')
}
