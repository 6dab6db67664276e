import { platformProblems } from '@cloudbox/protocol/platform'
import { Gate } from '../../../../kernel/gate.ts'
import { createHttp } from '../../../../kernel/http.ts'
import { Problem } from '../../../../kernel/problem.ts'
import { testSecret } from '../../../../testing/callers.ts'
import { silentLog } from '../../../../testing/test-cluster.ts'
import type { Cleanup } from '../../../../testing/test-database.ts'
import { mailRoutes } from '../routes.ts'
import type { MailFixture } from './mail-fixture.ts'

/** The routes of mails over HTTP; the keys are `secret` and `publishable`. Answers the address of the environment's API. */
export async function serveMail(
  cleanup: Cleanup,
  { db, environment, mailer: makeMailer }: MailFixture,
): Promise<string> {
  const gate = new Gate()
  gate.findEnvironment = () => environment
  gate.checkKey = (_environment, { apiKey, bearer }) => {
    const key = bearer ?? apiKey
    if (key === 'secret') return testSecret
    if (key === 'publishable') return { kind: 'anonymous' }
    throw new Problem(platformProblems['key-missing'], 'The request has no key.')
  }
  const settings = async () => ({ appName: 'Tom & Co', mailLanguage: 'en', smtpUrl: '', mailFrom: '' })
  // There is no organisation here, and so no audit.
  const authorOf = () => ({ actor: testSecret.actor, record: async () => {} })
  const routes = mailRoutes({ db, settings, authorOf, gate, mailer: makeMailer() })
  const limits = { bodyLimitBytes: 1_048_576, requestTimeoutMs: 10_000 }
  const http = createHttp({ log: silentLog, gate, routes, ...limits })
  const port = await http.listen('127.0.0.1', 0)
  cleanup.after(() => http.stop())
  return `http://127.0.0.1:${port}/shop/dev/v1`
}
