/**
 * auth: the accounts of every environment's own users: signing up, in and out, sessions, tokens and their keys.
 *
 * How it flows: users, sessions and keys lie in the environment's own schema. A sign-in opens a session (one row) and gives
 * a signed access token of a quarter of an hour and a refresh token, of which nothing is stored; the gate verifies an access
 * token once and then recognises it, without a query. Ended sessions are told to every process.
 *
 * Guarantees: a token, link or code of another environment is refused everywhere; no answer and no time tells whether an
 * address has an account; a refresh token used twice ends its session; what was ended stays so over restarts.
 * It is not: keys of environments (platform), or what a user may do (policies, data).
 */
import { defineModule } from '../../kernel/module.ts'
import { on } from '../../kernel/events.ts'
import type { Environment } from '../../kernel/caller.ts'
import { authConfig } from './config.ts'
import { placeFinder } from './sessions/find-place.ts'
import { createMessenger } from './phone/messenger.ts'
import { platform } from '../platform/module.ts'
import { adminFlowMaker } from './admin/admin-flow.ts'
import { AllAccounts, linkBase } from './accounts.ts'
import { accountUsed, countEvent, countRefusals } from './count-events.ts'
import type { FlowDeps } from './flows/flow.ts'
import { createHasher } from './passwords/hash-password.ts'
import { createPasswordCheck } from './passwords/password-check.ts'
import { untilVisible } from '../../kernel/stream/until-visible.ts'
import { AccountHooks } from './hooks.ts'
import { createMailer } from './mail/mailer.ts'
import { operatorAccounts } from './operator-accounts.ts'
import { mailQueued } from './mail/queue.ts'
import { mailRoutes } from './mail/routes.ts'
import { fakeRoutes } from './oauth/fake/fake-routes.ts'
import type { Provider } from './oauth/legs/provider.ts'
import { knownProviders } from './providers/known-providers.ts'
import { oauthRoutes } from './oauth/oauth-routes.ts'
import { adminRoutes } from './routes/admin-routes.ts'
import { userOutdated } from './sessions/outdated.ts'
import { accountRoutes } from './routes/account-routes.ts'
import { flowMaker } from './flows/flow-of.ts'
import { factorRoutes } from './routes/factor-routes.ts'
import { passkeyRoutes } from './routes/passkey-routes.ts'
import { selfRoutes } from './routes/self-routes.ts'
import { providerRoutes } from './routes/provider-routes.ts'
import { settingsRoutes } from './routes/settings-routes.ts'
import { sessionsEnded } from './sessions/revocations.ts'
import { settingsCopier } from './settings/copy-settings.ts'
import { diffSettings } from './settings/diff-settings.ts'
import {
  applySettings,
  applySettingsIn,
  exportSettings,
  undoSettings,
  undoSettingsIn,
} from './settings/promote-settings.ts'
import { accountsChanged } from './settings/settings.ts'

export { defineProvider } from './oauth/define-provider.ts'
export { userOutdated } from './sessions/outdated.ts'
export { sessionsEnded } from './sessions/revocations.ts'
export type { ExportedSettings, SettingChange, SettingsDifference } from './settings/diff-settings.ts'
export type { SettingsPlan } from './settings/promote-settings.ts'
export { isPlainAddress } from './mail/message.ts'
export type { MailFate } from './mail/queue.ts'
export { usersCollection } from './users-collection.ts'

/** Names of the messages between processes. */
const forgetMessage = 'auth.forget-accounts'
const endMessage = 'auth.end-sessions'

/** What a function takes beside its dependencies and the environment. */
type Rest<F> = F extends (deps: never, environment: never, ...rest: infer R) => unknown ? R : never

export const auth = defineModule({
  name: 'auth',
  needs: { platform },
  config: authConfig,
  migrations: new URL('./migrations/', import.meta.url),
  environmentMigrations: new URL('./environment/', import.meta.url),
  async start(
    { db, gate, clock, vault, peers, log, observer, publicUrl, config },
    { platform: environments },
  ) {
    const findPlace = await placeFinder(config.geoipFile, log)
    const hooks = new AccountHooks()
    const all = new AllAccounts({ db, vault, publicUrl, hooks, clock })
    gate.readToken = (environment, token) => {
      const accounts = all.of(environment)
      return accounts instanceof Promise ? accounts.then(loaded => loaded.read(token)) : accounts.read(token)
    }
    peers.answer(forgetMessage, (environmentId: string) => all.forget(environmentId))
    peers.answer(endMessage, (ended: Parameters<AllAccounts['end']>[0]) => all.end(ended))

    const settings = async (environment: Environment) => (await all.of(environment)).settings
    const find = (environmentId: string) => environments.environments().find(({ id }) => id === environmentId)
    const current = (environment: Environment) => find(environment.id) ?? environment
    const messenger = createMessenger(settings)
    const mailer = createMailer({ db, vault, log, settings, messenger, current })
    const wake = (environmentId: string) => {
      const environment = find(environmentId)
      if (environment !== undefined) mailer.wake(environment)
    }

    const wakeAll = () => environments.environments().forEach(mailer.wake)
    const hearNoJump = clock.onJump(wakeAll)

    const providers = new Map<string, Provider>()
    const deps: FlowDeps = {
      db,
      vault,
      hasher: createHasher(),
      mailer,
      messenger,
      findPlace,
      providers,
      checkPassword: createPasswordCheck({ fetch, log }),
      linkBase: (environment, origin) => linkBase(publicUrl, environment, origin),
      ended: (environment: Environment, sessionIds) =>
        peers.tell(endMessage, { environmentId: environment.id, sessionIds }),
    }
    const flowOf = flowMaker(all, deps, fetch)
    const { authorOf } = environments
    const adminFlowOf = adminFlowMaker(flowOf, authorOf)
    const forgetEverywhere = (environmentId: string) => peers.tell(forgetMessage, environmentId)
    const promotion = { db, vault, forgetEverywhere }
    environments.promotion.fillSettings({
      export: environment => exportSettings(promotion, environment),
      diff: diffSettings,
      applyIn: (tx, environment, plan) => applySettingsIn(tx, promotion, environment, plan),
      undoIn: (tx, environment, changeId) => undoSettingsIn(tx, promotion, environment, changeId),
      settle: ({ id }) => forgetEverywhere(id),
    })
    environments.operatorAccounts.fill(
      operatorAccounts({ db, vault, flowOf, mailer, home: environments.operatorsHome, forgetEverywhere }),
    )

    return {
      api: {
        /** Where functions and other modules have a say about accounts. */
        hooks,
        /** Adds an identity provider that is not built in; gives the function that takes it away. */
        addProvider(provider: Provider) {
          if (knownProviders.has(provider.id) || providers.has(provider.id))
            throw new Error(`there is a provider ${provider.id} already`)
          providers.set(provider.id, provider)
          return () => void providers.delete(provider.id)
        },
        /** Mails of an environment to those who keep it running. */
        mails: {
          /** Whether they have a way to go, be it into its mailbox. */
          canSend: mailer.canSend,
          enqueue: mailer.enqueue,
          fateOf: mailer.fateOf,
        },
        /** Sends mails another way. */
        takeOverMails: mailer.takeOver,
        /** Takes settings from one environment to another: what they are without secrets, how they differ, and back. */
        settings: {
          export: (environment: Environment) => exportSettings(promotion, environment),
          diff: diffSettings,
          apply: (environment: Environment, ...rest: Rest<typeof applySettings>) =>
            applySettings(promotion, environment, ...rest),
          undo: (environment: Environment, ...rest: Rest<typeof undoSettings>) =>
            undoSettings(promotion, environment, ...rest),
        },
        /** Sends messages to phones another way. */
        takeOverMessages: messenger.takeOver,
      },
      routes: [
        ...countRefusals(observer, [
          ...accountRoutes(flowOf),
          ...selfRoutes(flowOf, findPlace),
          ...factorRoutes(flowOf, adminFlowOf),
          ...passkeyRoutes(flowOf),
          ...oauthRoutes(flowOf),
        ]),
        ...adminRoutes(adminFlowOf, findPlace),
        ...fakeRoutes(flowOf, (...asked) => gate.checkKey(...asked)),
        ...settingsRoutes({ ...promotion, all, authorOf }),
        ...mailRoutes({ db, settings, authorOf, gate, mailer }),
        ...providerRoutes(adminFlowOf),
      ],
      listeners: [
        on(accountsChanged, async ({ environmentId }, { xid }) => {
          all.forget(environmentId)
          await untilVisible(db, xid)
          all.forget(environmentId)
        }),
        // Every process hears of it, one counts.
        on(accountUsed, ({ environmentId, event }) => {
          if (peers.worker === undefined) countEvent(observer, find(environmentId), event)
        }),
        on(userOutdated, outdated => all.outdate(outdated)),
        on(sessionsEnded, ended => all.end(ended)),
        on(mailQueued, async ({ environmentId }, { xid }) => {
          await untilVisible(db, xid)
          wake(environmentId)
        }),
      ],
      environmentCopier: settingsCopier({ vault, forgetEverywhere }),
      notices: async () => {
        const silent: string[] = []
        for (const environment of environments.environments()) {
          if (environment.id === environments.operatorsHome().id || (await mailer.canSend(environment)))
            continue
          silent.push(`${environment.project}/${environment.name}`)
        }
        if (silent.length === 0) return []
        return [
          {
            code: 'auth/no-mail',
            detail: `No mail server sends the mails to users of ${silent.join(', ')}.`,
            hint: 'Set smtpUrl and mailFrom in the settings of accounts there.',
          },
        ]
      },
      ready: wakeAll,
      stop: () => {
        hearNoJump()
        return mailer.stop()
      },
    }
  },
})
