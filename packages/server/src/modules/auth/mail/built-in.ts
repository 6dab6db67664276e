import type { MailKind } from './kinds.ts'
import { htmlLayout, textLayout } from './layout.ts'
import type { MailTemplate } from './render.ts'
import { english } from './texts/english.ts'
import { german } from './texts/german.ts'
import type { MailWords } from './texts/mail-text.ts'

const languages = new Map<string, MailWords>([
  ['en', english],
  ['de', german],
])

/** Languages that every mail is there in. */
export const builtInLanguages: readonly string[] = [...languages.keys()]

/** The words of a language, English where there are none. */
export function builtInWords(language: string): MailWords {
  return languages.get(language.split('-')[0]!) ?? english
}

/** The template of a mail for which the environment has none of its own. */
export function builtInTemplate(kind: MailKind, language: string): MailTemplate {
  const words = builtInWords(language)
  const text = words.mails[kind]
  return { subject: text.subject, html: htmlLayout(text, words, language), text: textLayout(text, words) }
}
