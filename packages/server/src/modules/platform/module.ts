/**
 * platform: organisations, their members and roles; projects, environments, keys and configuration; the audit.
 *
 * How it flows: all of it lies in `cloudbox.platform_*` and, what requests need, in memory (directory); the gate asks
 * there, so finding the environment, checking a key and deciding what an operator may costs no query. Each change and its
 * entry in the audit are one transaction; every process reads the directory anew before the change is answered.
 *
 * Guarantees: an environment is one Postgres schema and one role; secret keys are kept as hashes only; what an operator
 * may not see is answered like what is not there; the audit is a chain that shows every edit, gap and reorder.
 * It is not: accounts of people (auth; operators are users of `_platform/production`), or what is inside an environment.
 */
import { Type } from 'typebox'
import { defineModule } from '../../kernel/module.ts'
import { on } from '../../kernel/events.ts'
import type { Environment } from '../../kernel/caller.ts'
import { sql } from '../../kernel/sql.ts'
import { auditRoutes } from './audit/audit-routes.ts'
import { authorMaker, type RecordEntry } from './audit/author.ts'
import { recordEntry } from './audit/record.ts'
import { removeOldEntries } from './audit/remove-old.ts'
import { directoryChanged } from './change.ts'
import type { PlatformDeps } from './deps.ts'
import { placeName } from './directory/directory.ts'
import { Registry } from './directory/registry.ts'
import { copyConfiguration } from './environments/copy-configuration.ts'
import { environmentRoutes } from './environments/environment-routes.ts'
import { purgeRemoved } from './environments/environments.ts'
import { limitRoutes } from './environments/limit-routes.ts'
import { discardUnfinished } from './environments/make-environment.ts'
import { removedRoutes } from './environments/removed-routes.ts'
import { carryOutDeliveries } from './git/carry-out.ts'
import { connectionRoutes } from './git/connection-routes.ts'
import { forgetDeliveries, releaseDeliveries } from './git/deliveries.ts'
import { webhookRoute } from './git/webhook-route.ts'
import { healthRoutes } from './health-routes.ts'
import { keyRoutes } from './keys/key-routes.ts'
import { noteUse, publishableKey, type KeyKind } from './keys/keys.ts'
import { invitationRoutes } from './members/invitation-routes.ts'
import { memberRoutes } from './members/member-routes.ts'
import { OperatorAccountsSlot } from './operators/operator-accounts.ts'
import { operatorPageRoutes } from './operators/page-routes.ts'
import { operatorRoutes } from './operators/operator-routes.ts'
import { Operators } from './operators/operators.ts'
import { makeSetUpToken, setUp, type FirstOwner } from './operators/set-up.ts'
import { organisationRoutes } from './organisations/organisation-routes.ts'
import { PromotionParts } from './promotions/parts.ts'
import { promotionRoutes } from './promotions/promotion-routes.ts'
import { projectRoutes } from './projects/project-routes.ts'
import { roleRoutes } from './roles/role-routes.ts'
import { repeat } from '../../kernel/repeat.ts'
import {
  ensureEnvironment,
  ensureFirstEnvironment,
  ensureOperators,
  ensurePublishableKey,
  makeKeyOf,
  operatorsHome,
  type WantedEnvironment,
} from './start-environments.ts'
import { serverRoutes } from './server-routes.ts'
import { snapshotRoutes } from './snapshots/snapshot-routes.ts'
import { snapshotFileRoutes } from './snapshots/file-routes.ts'
import { discardUnfinishedSnapshots } from './snapshots/stored.ts'
import { removeAbandonedUploads } from './snapshots/upload-snapshot.ts'
import { readVariables } from './variables/variables.ts'
import { variableRoutes } from './variables/variable-routes.ts'

export { entryRecorded } from './audit/record.ts'
export { directoryChanged } from './change.ts'
export type { Author, AuthorOf } from './audit/author.ts'
export type { AuditEntry, By } from './audit/entry.ts'
export { deskRoleOf, sqlRoleOf } from './environments/sql-role.ts'
export type { OperatorAccount, OperatorAccounts } from './operators/operator-accounts.ts'

const platformConfig = Type.Object({
  openOrganisations: Type.Boolean({
    default: false,
    description: 'Every operator may make organisations, not only the owner of the installation.',
  }),
  smtpUrl: Type.String({
    default: '',
    description: 'Sends the mails to operators (invitations, resets): smtp://user:password@host:port.',
  }),
  mailFrom: Type.String({ default: '', description: 'Sender of the mails to operators.' }),
})

/** Name of the message between processes. */
const loadMessage = 'platform.load-directory'
const useMs = 15_000
const sweepMs = 3_600_000

export const platform = defineModule({
  name: 'platform',
  config: platformConfig,
  migrations: new URL('./migrations/', import.meta.url),
  async start({
    db,
    gate,
    clock,
    log,
    vault,
    stream,
    peers,
    publicUrl,
    migrateEnvironment,
    copyEnvironment,
    fileParts,
    replaceEnvironment,
    config,
  }) {
    const registry = new Registry(db, clock)
    const directory = () => registry.directory
    const slot = new OperatorAccountsSlot()
    const parts = new PromotionParts()
    const operators = new Operators({ gate, directory, accounts: () => slot.accounts })
    gate.findEnvironment = (project, name) => directory().usable(project, name)
    gate.checkKey = (environment, credentials) => registry.checkKey(environment, credentials)
    gate.keyOf = credentials => registry.keyOf(credentials)
    gate.readOperatorIn = operators.readIn
    gate.isOperatorToken = operators.isOwn
    gate.admitOperator = operators.admit
    await registry.load()
    peers.answer(loadMessage, () => registry.load())
    const deps: PlatformDeps = {
      db,
      vault,
      directory,
      operators,
      publicUrl,
      migrateEnvironment,
      copyEnvironment,
      fileParts,
      replaceEnvironment,
      parts,
      // What was answered is known to every process.
      loadEverywhere: () => peers.tell(loadMessage, null),
      get accounts() {
        return slot.accounts
      },
    }
    const carryingOut = carryOutDeliveries(deps, log)
    const usable = () =>
      directory()
        .environments.filter(({ state }) => state === 'ready')
        .map(({ environment }) => environment)
    const record: RecordEntry = (tx, environment, by, entry) => {
      const { organisationId } = directory().placedById(environment.id)!
      const place = placeName(environment.project, environment.name)
      return recordEntry(tx, vault, directory().organisationById(organisationId)!, by, { ...entry, place })
    }
    let isReady = false
    void stream.ready.then(() => (isReady = true))
    const noting = repeat(useMs, log, 'platform.note-use', () => noteUse(db, registry.takeUsed()))
    const sweep = async () => {
      await purgeRemoved(db)
      await forgetDeliveries(db)
      await removeAbandonedUploads(deps)
      for (const { id, settings } of directory().organisations)
        if (settings.auditDays !== undefined) await removeOldEntries(db, id, settings.auditDays)
    }
    const sweeping = repeat(sweepMs, log, 'platform.sweep', sweep, clock)

    return {
      api: {
        /** Resolves when a commit that was heard of counts for keys, roles and environments. */
        knows: (xid: bigint) => registry.loadWith(xid),
        /** All that are whole, archived ones too. */
        environments: usable,
        /** Those of an organisation that is there. */
        environmentsOf: (organisation: string) => {
          const { id } = directory().organisation(organisation)!
          return directory()
            .environments.filter(({ organisationId, state }) => organisationId === id && state === 'ready')
            .map(({ environment }) => environment)
        },
        /** Those of a project, where there is one of that name. */
        environmentsOfProject: (project: string) =>
          usable().filter(environment => environment.project === project),
        /** Names of the keys of an environment, by their ids. */
        keysOf: (environmentId: string) =>
          directory()
            .keysOf(environmentId)
            .map(({ id, kind, name }) => ({ id, kind, name })),
        /** Ids of all there are, removed ones that can still be brought back too. */
        everyEnvironmentId: async () => {
          const rows = await db.query<{ id: string }>(sql`select id from cloudbox.platform_environments`)
          return rows.map(({ id }) => id)
        },
        ensureEnvironment: (wanted: WantedEnvironment) => ensureEnvironment(deps, wanted),
        ensureFirstEnvironment: (wanted: WantedEnvironment) => ensureFirstEnvironment(deps, wanted),
        /** Removes what a crash left half made, and does what it kept from being done. Before the first request, in one process. */
        discardUnfinished: async () => {
          await discardUnfinished(deps)
          await discardUnfinishedSnapshots(db)
          await releaseDeliveries(db)
          carryingOut.begin()
        },
        ensureOperators: () => ensureOperators(deps, config),
        operatorsHome: () => operatorsHome(deps),
        /** The module of accounts puts in here how operators are kept. */
        operatorAccounts: slot,
        /** What travels between environments: the modules that own it put it in here. */
        promotion: parts,
        /** Token of the link that makes the owner; undefined when there is one. */
        makeSetUpToken: () => makeSetUpToken(db),
        /** Makes the owner on behalf of whoever starts the server. */
        setUp: (owner: FirstOwner) =>
          setUp(deps, owner, undefined, { ip: '127.0.0.1', origin: '', headers: {} }),
        /** The publishable key of an environment, if it has one. */
        publishableKey: (environmentId: string) => publishableKey(db, environmentId),
        ensurePublishableKey: (environmentId: string) => ensurePublishableKey(deps, { id: environmentId }),
        /** Whether it is a key of the environment that has neither ended nor been revoked. */
        isKeyGood: (environmentId: string, key: string) => registry.isKeyGood(environmentId, key),
        createKey: (environmentId: string, kind: KeyKind) => makeKeyOf(deps, environmentId, kind),
        /** Configuration and secrets of an environment, in clear: for what runs inside it. */
        readVariables: (environment: Environment) => readVariables(db, vault, environment),
        /** Writes down what was done in an environment, in the transaction it was done in; as late in it as can be. */
        record,
        /** Who asks below the address of an environment, with the way to write down what he changes. */
        authorOf: authorMaker(record),
      },
      routes: [
        ...healthRoutes(db, () => isReady),
        ...operatorRoutes(deps),
        ...operatorPageRoutes(),
        ...organisationRoutes(deps, config.openOrganisations),
        ...memberRoutes(deps),
        ...invitationRoutes(deps),
        ...roleRoutes(deps),
        ...projectRoutes(deps),
        ...environmentRoutes(deps),
        ...removedRoutes(deps),
        ...connectionRoutes(deps),
        webhookRoute(deps, carryingOut),
        ...promotionRoutes(deps),
        ...keyRoutes(deps),
        ...variableRoutes(deps),
        ...auditRoutes(deps),
        ...limitRoutes(deps),
        ...snapshotRoutes(deps),
        ...snapshotFileRoutes(deps),
        ...serverRoutes(deps),
      ],
      environmentCopier: copyConfiguration(vault),
      listeners: [on(directoryChanged, (_changed, { xid }) => registry.loadWith(xid))],
      notices: async () =>
        config.smtpUrl !== '' && config.mailFrom !== ''
          ? []
          : [
              {
                code: 'platform/no-mail',
                detail: 'No mail server sends invitations and new passwords to operators.',
                hint: 'Name one with PLATFORM_SMTP_URL and PLATFORM_MAIL_FROM.',
              },
            ],
      ready: async () => {
        for (const environment of usable()) await migrateEnvironment(environment)
        // The first process begins when it has cleared up.
        if (peers.worker !== undefined) carryingOut.begin()
      },
      stop: async () => {
        await Promise.all([noting.stop(), sweeping.stop(), carryingOut.stop()])
      },
    }
  },
})
