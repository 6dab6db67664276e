import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { listVariables } from '../variables/variables.ts'
import type { PlannedSetting, PlannedStep, PromotionParts } from './parts.ts'

/** All that a promotion does, as plain data that is kept and reviewed. */
export interface PromotionPlan {
  readonly steps: readonly PlannedStep[]
  /** Versions of the target's collections that the steps are for. */
  readonly versions: Readonly<Record<string, number>>
  readonly settings: readonly PlannedSetting[]
  readonly settingsVersion: number
  /** Values of the configuration; undefined where there is none. */
  readonly variables: readonly { readonly name: string; readonly before?: string; readonly after?: string }[]
  /** Secrets that the source has and the target has not. They do not travel. */
  readonly missingSecrets: readonly string[]
}

/** What belongs to the place an environment is reached at, and to services it has a contract with. */
const staysAtHome =
  /^\/(siteUrl|redirectUrls|smtpUrl|mailFrom|captcha|sms|passkeyRpId|passkeyOrigins)(\/|$)|^\/providers\/[^/]+\/(clientId|nativeClientIds)$/

/** Compares two environments. */
export async function planPromotion(
  db: Database,
  parts: PromotionParts,
  source: Environment,
  target: Environment,
): Promise<PromotionPlan> {
  const [wanted, before, wantedSettings, settingsBefore, wantedVariables, variablesBefore] =
    await Promise.all([
      parts.structure.export(source),
      parts.structure.export(target),
      parts.settings.export(source),
      parts.settings.export(target),
      listVariables(db, source),
      listVariables(db, target),
    ])
  const { changes, missingSecrets } = parts.settings.diff(settingsBefore, wantedSettings)
  const values = (variables: typeof wantedVariables) =>
    new Map(variables.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])))
  const secrets = new Set(variablesBefore.flatMap(({ name, isSecret }) => (isSecret ? [name] : [])))
  const [old, next] = [values(variablesBefore), values(wantedVariables)]
  const names = [...new Set([...old.keys(), ...next.keys()])].toSorted()
  return {
    steps: parts.structure.plan(before, wanted),
    versions: before.versions,
    settings: changes.filter(({ at }) => !staysAtHome.test(at)),
    settingsVersion: settingsBefore.version,
    variables: names.flatMap(name => {
      const [was, will] = [old.get(name), next.get(name)]
      // A secret of that name is there for a reason.
      if (was === will || secrets.has(name)) return []
      return [
        {
          name,
          ...(was === undefined ? {} : { before: was }),
          ...(will === undefined ? {} : { after: will }),
        },
      ]
    }),
    missingSecrets: [
      ...wantedVariables.flatMap(({ name, isSecret }) => (isSecret && !secrets.has(name) ? [name] : [])),
      ...missingSecrets.filter(at => !staysAtHome.test(at)),
    ],
  }
}

export function isEmptyPlan({ steps, settings, variables }: PromotionPlan): boolean {
  return steps.length === 0 && settings.length === 0 && variables.length === 0
}
