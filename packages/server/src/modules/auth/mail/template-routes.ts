import type { Static } from 'typebox'
import { authProblems } from '@cloudbox/protocol/auth'
import {
  MailTemplateList,
  MailTemplateQuery,
  MailTemplateSource,
  MailTemplateView,
  TestMail,
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
import type { Mailer } from './mailer.ts'
import type { MailMessage } from './message.ts'
import type { MailSettings } from './smtp-settings.ts'
import { findTemplate, listTemplates, removeTemplate, writeTemplate } from './templates.ts'
import { templateValues } from './template-values.ts'

export interface TemplateRoutes {
  readonly db: Database
  readonly settings: (environment: Environment) => Promise<MailSettings>
  readonly authorOf: AuthorOf
  readonly mailer: Pick<Mailer, 'enqueue'>
}

export function templateRoutes({ db, settings, authorOf, mailer }: TemplateRoutes): Route[] {
  const samples = async (environment: Environment, kind: MailKind, language: string, origin: string) => {
    const { appName } = await settings(environment)
    return templateValues({
      kind,
      language,
      appName: appName === '' ? environment.project : appName,
      to: 'ada@example.com',
      variables: sampleVariables(kind, origin),
    })
  }

  const view = async (
    environment: Environment,
    kind: MailKind,
    language: string,
    origin: string,
  ): Promise<MailTemplateView> => {
    const { isOwn, language: found, ...source } = await findTemplate(db, environment, kind, [language])
    const { subject, html, text } = source
    const values = await samples(environment, kind, found, origin)
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
        checkSource(kind, body)
        const deps = { db, author: authorOf(request) }
        await writeTemplate(deps, environment, { kind, language, ...body })
        return { json: await view(environment, kind, language, origin) }
      },
    ),

    route(
      'POST /auth/mail-templates/:kind/preview',
      {
        summary: 'What a mail would look like in these words',
        description: 'Filled in with samples. Nothing is kept or sent.',
        access: 'secret',
        permission: 'accounts.read',
        query: MailTemplateQuery,
        body: MailTemplateSource,
        reply: MailTemplateSource,
        problems: [authProblems['unknown-mail'], authProblems['invalid-template']],
      },
      async ({ environment, params, query, body, origin }) => {
        const [kind, language] = [kindOf(params.kind), languageOf(query.language)]
        checkSource(kind, body)
        return { json: renderMail(body, await samples(environment, kind, language, origin)) }
      },
    ),

    route(
      'POST /auth/mail-templates/:kind/test',
      {
        summary: 'Send a mail as it is now, filled in with samples',
        description:
          'The link or code in it opens nothing. In a dev environment it lies in the mailbox as well.',
        access: 'secret',
        permission: 'accounts.change',
        query: MailTemplateQuery,
        body: TestMail,
        problems: [
          authProblems['unknown-mail'],
          authProblems['invalid-address'],
          authProblems['mail-not-configured'],
        ],
      },
      async request => {
        const { environment, params, query, body, origin } = request
        const [kind, language] = [kindOf(params.kind), languageOf(query.language)]
        const variables = sampleVariables(kind, origin)
        const message = { kind, to: body.to, languages: [language], variables } as MailMessage
        await db.transaction(async tx => {
          await mailer.enqueue(tx, environment, message)
          await authorOf(request).record(tx, { action: 'mail.tested', subject: kind, after: { language } })
        })
        return { status: 202 }
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

/** @throws Problem `auth/invalid-template` */
function checkSource(kind: MailKind, source: Static<typeof MailTemplateSource>): void {
  const variables: readonly string[] = templateVariables[kind]
  checkTemplate(source, variables, {
    name: variables.find(name => name === 'link' || name === 'code'),
    // Nothing else of it gets to a phone.
    parts: kind === 'phone-code' ? ['subject'] : ['html', 'text'],
  })
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
