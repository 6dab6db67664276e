import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { By } from '../audit/entry.ts'
import { recordEntry } from '../audit/record.ts'
import { directoryChanged, makeChange, type Once } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import { placeName, type PlacedEnvironment } from '../directory/directory.ts'
import type { Rehearsed } from './parts.ts'
import { isEmptyPlan, planPromotion, type PromotionPlan } from './plan-promotion.ts'

/** A promotion as it is shown. */
export interface Promotion {
  readonly id: string
  readonly source: string
  readonly plan: PromotionPlan
  readonly rehearsal: Rehearsed
  readonly state: 'proposed' | 'applied' | 'undone'
  readonly proposedBy: string
  readonly proposedAt: string
  readonly appliedBy: string | null
  readonly appliedAt: string | null
  readonly undoneBy: string | null
  readonly undoneAt: string | null
}

interface KeptPromotion extends Promotion {
  readonly structurePlan: string | null
  readonly settingsChange: string | null
}

const stateNow = `case when undone_at is not null then 'undone' when applied_at is not null then 'applied' else 'proposed' end`

const columns = `id, source, plan::text as plan, rehearsal::text as rehearsal, ${stateNow} as state,
  proposed_by as "proposedBy", to_json(proposed_at) #>> '{}' as "proposedAt", applied_by as "appliedBy",
  to_json(applied_at) #>> '{}' as "appliedAt", undone_by as "undoneBy", to_json(undone_at) #>> '{}' as "undoneAt",
  structure_plan as "structurePlan", settings_change as "settingsChange"`

/** Those to an environment, the newest first. */
export async function listPromotions(
  db: Queryable,
  targetId: string,
  state?: Promotion['state'],
): Promise<Promotion[]> {
  const rows = await db.query({
    text: `select ${columns} from cloudbox.platform_promotions
      where target_id = $1 and ($2::text is null or ${stateNow} = $2) order by proposed_at desc limit 100`,
    values: [targetId, state ?? null],
  })
  return rows.map(row => show(toPromotion(row)))
}

/** @throws Problem `platform/not-found` */
export async function showPromotion(
  db: Queryable,
  target: PlacedEnvironment,
  id: string,
): Promise<Promotion> {
  return show(await findPromotion(db, target, id))
}

/** Compares, rehearses on a copy of the target, and keeps the plan to be reviewed. Nothing is changed. */
export async function proposePromotion(
  deps: PlatformDeps,
  source: Environment,
  target: PlacedEnvironment,
  by: By,
  once: Once | undefined,
): Promise<Promotion> {
  const plan = await planPromotion(deps.db, deps.parts, source, target.environment)
  if (isEmptyPlan(plan))
    throw new Problem(
      platformProblems['nothing-to-promote'],
      `${target.environment.name} has all that ${source.name} has.`,
    )
  const rehearsal = await deps.parts.structure.rehearse(target.environment, plan.steps)
  const propose = async (tx: Tx) => {
    const [row] = await tx.query({
      text: `insert into cloudbox.platform_promotions (target_id, source, plan, rehearsal, proposed_by)
        values ($1, $2, $3, $4, $5) returning ${columns}`,
      values: [
        target.environment.id,
        source.name,
        JSON.stringify(plan),
        JSON.stringify(rehearsal),
        by.actor.name,
      ],
    })
    const promotion = show(toPromotion(row!))
    const entry = entryOf('promotion.proposed', target, promotion)
    return { answer: promotion, entries: [entry] }
  }
  return makeChange(deps, ownerOf(deps, target), by, propose, once)
}

/**
 * Applies what was reviewed, all of it in one transaction.
 * @throws Problem `platform/promotion-outdated`, `data/structure-changed`, `auth/settings-changed` where the target has
 * changed since
 */
export async function applyPromotion(
  deps: PlatformDeps,
  target: PlacedEnvironment,
  id: string,
  by: By,
): Promise<Promotion> {
  const { environment } = target
  const { plan } = await findPromotion(deps.db, target, id)
  await deps.parts.structure.apply(environment, plan, async (tx, structure) => {
    const promotion = await findPromotion(tx, target, id, 'proposed')
    const settings =
      plan.settings.length === 0
        ? undefined
        : await deps.parts.settings.applyIn(tx, environment, {
            changes: plan.settings,
            version: plan.settingsVersion,
          })
    await setVariables(tx, environment, plan.variables)
    await tx.query(sql`
      update cloudbox.platform_promotions set applied_at = now(), applied_by = ${by.actor.name},
        structure_plan = ${structure.id}, settings_change = ${settings?.id ?? null}
      where id = ${id}`)
    await tell(deps, tx, target, by, entryOf('promotion.applied', target, promotion))
  })
  await settle(deps, environment)
  return showPromotion(deps.db, target, id)
}

/** Takes a promotion back, with what it threw away, all of it in one transaction. */
export async function undoPromotion(
  deps: PlatformDeps,
  target: PlacedEnvironment,
  id: string,
  by: By,
): Promise<Promotion> {
  const { environment } = target
  const { structurePlan } = await findPromotion(deps.db, target, id, 'applied')
  await deps.parts.structure.undo(environment, structurePlan!, async tx => {
    const promotion = await findPromotion(tx, target, id, 'applied')
    const { settingsChange, plan } = promotion
    if (settingsChange !== null) await deps.parts.settings.undoIn(tx, environment, settingsChange)
    const back = plan.variables.map(({ name, before, after }) => ({
      name,
      ...(after === undefined ? {} : { before: after }),
      ...(before === undefined ? {} : { after: before }),
    }))
    await setVariables(tx, environment, back)
    await tx.query(sql`
      update cloudbox.platform_promotions set undone_at = now(), undone_by = ${by.actor.name} where id = ${id}`)
    await tell(deps, tx, target, by, entryOf('promotion.undone', target, promotion))
  })
  await settle(deps, environment)
  return showPromotion(deps.db, target, id)
}

async function findPromotion(
  db: Queryable,
  { environment }: PlacedEnvironment,
  id: string,
  state?: Promotion['state'],
): Promise<KeptPromotion> {
  const [row] = await db.query({
    text: `select ${columns} from cloudbox.platform_promotions where target_id = $1 and id::text = $2 ${
      state === undefined ? '' : 'for update'
    }`,
    values: [environment.id, id],
  })
  if (row === undefined)
    throw new Problem(platformProblems['not-found'], `${environment.name} has no promotion ${id}.`)
  const promotion = toPromotion(row)
  if (state !== undefined && promotion.state !== state)
    throw new Problem(platformProblems['promotion-outdated'], `The promotion is ${promotion.state}.`)
  return promotion
}

async function setVariables(
  tx: Tx,
  { id }: Environment,
  variables: PromotionPlan['variables'],
): Promise<void> {
  for (const { name, before, after } of variables) {
    const [row] = await tx.query<{ value: string | null }>(sql`
      select value from cloudbox.platform_variables where environment_id = ${id} and name = ${name} for update`)
    if ((row?.value ?? undefined) !== before)
      throw new Problem(
        platformProblems['promotion-outdated'],
        `The value ${name} has changed since the promotion was proposed.`,
      )
    if (after === undefined)
      await tx.query(
        sql`delete from cloudbox.platform_variables where environment_id = ${id} and name = ${name}`,
      )
    else
      await tx.query(sql`
        insert into cloudbox.platform_variables (environment_id, name, value) values (${id}, ${name}, ${after})
        on conflict (environment_id, name) do update set value = excluded.value, updated_at = now()`)
  }
}

async function tell(
  deps: PlatformDeps,
  tx: Tx,
  target: PlacedEnvironment,
  by: By,
  entry: ReturnType<typeof entryOf>,
): Promise<void> {
  await tx.emit(directoryChanged, {})
  await recordEntry(tx, deps.vault, ownerOf(deps, target), by, entry)
}

async function settle({ parts, loadEverywhere }: PlatformDeps, environment: Environment): Promise<void> {
  await parts.settings.settle(environment)
  await loadEverywhere()
}

/** What is kept of settings in clear holds no secrets: those do not travel. */
function entryOf(action: string, { environment }: PlacedEnvironment, { id, source, plan }: Promotion) {
  const { steps, settings, variables, missingSecrets } = plan
  const after = {
    id,
    from: source,
    steps: steps.map(({ sentence }) => sentence),
    settings: settings.map(({ at }) => at),
    variables: variables.map(({ name }) => name),
    missingSecrets,
  }
  return { action, place: placeName(environment.project, environment.name), subject: environment.name, after }
}

function toPromotion(row: Record<string, unknown>): KeptPromotion {
  const { plan, rehearsal, ...rest } = row as unknown as KeptPromotion & Record<'plan' | 'rehearsal', never>
  return { ...rest, plan: JSON.parse(plan) as PromotionPlan, rehearsal: JSON.parse(rehearsal) as Rehearsed }
}

function show({ structurePlan: _plan, settingsChange: _change, ...promotion }: KeptPromotion): Promotion {
  return promotion
}
