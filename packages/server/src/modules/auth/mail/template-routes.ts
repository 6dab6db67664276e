import { authProblems } from '@cloudbox/protocol/auth'
import {
  MailTemplateList,
  MailTemplateQuery,
  MailTemplateSource,
  MailTemplateView,
} from '@cloudbox/protocol/auth-mail'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import type { AuthorOf } from '../../platform/module.ts'
import { isMailKind, mailKinds, templateVariables, type MailKind } from './kinds.ts'
import { isLanguage } from './pick-language.ts'
import { checkTemplate, renderMail } from './render.ts'
import { sampleVariables } from './samples.ts'
import type { MailSettings } from './smtp-settings.ts'
import { findTemplate, listTemplates, removeTemplate, writeTemplate } from './templates.ts'
import { templateValues } from './template-values.ts'

export interface TemplateRoutes {
  readonly db: Database
  readonly settings: (environment: Environment) => Promise<MailSettings>
  readonly authorOf: AuthorOf
}

export function templateRoutes({ db, settings, authorOf }: TemplateRoutes): Route[] {
  const view = async (
    environment: Environment,
    kind: MailKind,
    language: string,
    origin: string,
  ): Promise<MailTemplateView> => {
    const { isOwn, language: found, ...source } = await findTemplate(db, environment, kind, [language])
    const { appName } = await settings(environment)
    const values = templateValues({
      kind,
      language: found,
      appName: appName === '' ? environment.project : appName,
      to: 'ada@example.com',
      variables: sampleVariables(kind, origin),
    })
    const { subject, html, text } = source
    return {
      kind,
      language: found,
      isOwn,
      variables: [...templateVariables[kind]],
      source: { subject, html, text },
      preview: renderMail(source, values),
    }
  }

  return [
    route(
      'GET /auth/mail-templates',
      {
        summary: 'The mails this environment sends, in every language',
        access: 'secret',
        permission: 'accounts.read',
        reply: MailTemplateList,
      },
      async ({ environment }) => ({ json: { templates: await listTemplates(db, environment) } }),
    ),

    route(
      'GET /auth/mail-templates/:kind',
      {
        summary: 'The template of a mail, and what the mail looks like',
        access: 'secret',
        permission: 'accounts.read',
        query: MailTemplateQuery,
        reply: MailTemplateView,
        problems: [authProblems['unknown-mail'], authProblems['invalid-template']],
      },
      async ({ environment, params, query, origin }) => ({
        json: await view(environment, kindOf(params.kind), languageOf(query.language), origin),
      }),
    ),

    route(
      'PUT /auth/mail-templates/:kind',
      {
        summary: 'Write a mail in your own words',
        description:
          '`{{ name }}` stands for a variable. Values are escaped in HTML. A template that names an unknown variable, or lacks the link or code the mail is for, is refused.',
        access: 'secret',
        permission: 'accounts.change',
        query: MailTemplateQuery,
        body: MailTemplateSource,
        reply: MailTemplateView,
        problems: [authProblems['unknown-mail'], authProblems['invalid-template']],
      },
      async request => {
        const { environment, params, query, body, origin } = request
        const [kind, language] = [kindOf(params.kind), languageOf(query.language)]
        const variables: readonly string[] = templateVariables[kind]
        checkTemplate(body, variables, {
          name: variables.find(name => name === 'link' || name === 'code'),
          // Nothing else of it gets to a phone.
          parts: kind === 'phone-code' ? ['subject'] : ['html', 'text'],
        })
        const deps = { db, author: authorOf(request) }
        await writeTemplate(deps, environment, { kind, language, ...body })
        return { json: await view(environment, kind, language, origin) }
      },
    ),

    route(
      'DELETE /auth/mail-templates/:kind',
      {
        summary: 'Go back to the built-in mail',
        access: 'secret',
        permission: 'accounts.change',
        query: MailTemplateQuery,
        problems: [authProblems['unknown-mail'], authProblems['invalid-template']],
      },
      async request => {
        const { environment, params, query } = request
        const deps = { db, author: authorOf(request) }
        await removeTemplate(deps, environment, kindOf(params.kind), languageOf(query.language))
        return { status: 204 }
      },
    ),
  ]
}

function kindOf(text: string): MailKind {
  if (isMailKind(text)) return text
  throw new Problem(authProblems['unknown-mail'], `No mail is called ${text}.`, {
    hint: `There are ${mailKinds.join(', ')}.`,
  })
}

function languageOf(text = 'en'): string {
  const language = text.toLowerCase()
  if (isLanguage(language)) return language
  throw new Problem(authProblems['invalid-template'], `${text} is not a language.`, {
    hint: 'A language looks like de or pt-BR.',
    errors: [{ at: '?language', message: 'This is not a language.' }],
  })
}
