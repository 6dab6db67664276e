import type { Environment } from '../../kernel/caller.ts'
import type { Database } from '../../kernel/db.ts'
import { id, sql } from '../../kernel/sql.ts'
import type { Vault } from '../../kernel/vault.ts'
import type { Author, OperatorAccount, OperatorAccounts } from '../platform/module.ts'
import { createUser } from './admin/users.ts'
import { hasFactor } from './factors/need-second-factor.ts'
import type { FlowOf } from './flows/flow-of.ts'
import type { Mailer } from './mail/mailer.ts'
import { changeSettings, loadSettings } from './settings/settings.ts'
import { normalEmail } from './users/user-row.ts'

export interface OperatorAccountsDeps {
  readonly db: Database
  readonly vault: Vault
  readonly flowOf: FlowOf
  readonly mailer: Pick<Mailer, 'enqueue' | 'checkReady'>
  /** The environment whose users are the operators. */
  home(): Environment
  forgetEverywhere(environmentId: string): Promise<void>
}

/** The platform writes down itself why there is a new operator: he joined, or set the installation up. */
const platformItself: Author = {
  actor: { kind: 'system', id: 'platform', name: 'CloudBox' },
  record: async () => {},
}

/** Operators are users of one environment that nobody joins without an invitation. */
export function operatorAccounts(deps: OperatorAccountsDeps): OperatorAccounts {
  const { db, vault, flowOf, mailer, home } = deps
  const users = () => id(home().schema, 'users')
  const columns = sql`id, email, name, to_json("lastSignInAt") #>> '{}' as "lastSignInAt"`

  return {
    async prepare({ smtpUrl, mailFrom }) {
      const wanted = { signUp: false, appName: 'CloudBox', anonymous: false, smtpUrl, mailFrom }
      const known = await loadSettings(db, vault, home())
      const isSo = Object.entries(wanted).every(
        ([name, value]) => known[name as keyof typeof wanted] === value,
      )
      if (isSo) return
      await changeSettings({ db, vault }, home(), wanted)
      await deps.forgetEverywhere(home().id)
    },

    async create({ email, password, name, roles = [] }, asking) {
      const flow = { ...(await flowOf({ ...asking, environment: home() })), author: platformItself }
      const made = await createUser(flow, {
        email,
        password,
        emailVerified: true,
        roles,
        ...(name === undefined ? {} : { name }),
      })
      return made.id
    },

    byId: ids =>
      db.query<OperatorAccount & Record<string, unknown>>(
        sql`select ${columns} from ${users()} where id = any(${[...ids]}::uuid[])`,
      ),

    async byEmail(email) {
      const [found] = await db.query<OperatorAccount & Record<string, unknown>>(
        sql`select ${columns} from ${users()} where email = ${normalEmail(email)} and "emailVerified"`,
      )
      return found
    },

    hasSecondFactor: userId => hasFactor(home().schema, db, userId),

    async invite(tx, { to, link, expiresInSeconds, languages }) {
      await mailer.enqueue(tx, home(), {
        kind: 'invite',
        to: normalEmail(to),
        languages: [languages],
        variables: { link, expiresInSeconds },
      })
    },
  }
}
