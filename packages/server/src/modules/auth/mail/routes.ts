import type { Route } from '../../../kernel/route.ts'
import { mailboxRoutes, type MailboxRoutes } from './mailbox-routes.ts'
import { templateRoutes, type TemplateRoutes } from './template-routes.ts'

export function mailRoutes(options: MailboxRoutes & TemplateRoutes): Route[] {
  return [...mailboxRoutes(options), ...templateRoutes(options)]
}
