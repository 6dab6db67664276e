import type { CollectionChange, CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { ChangeStream } from '../../../kernel/stream.ts'
import { id, raw, sql } from '../../../kernel/sql.ts'
import { closestName } from '../../../lib/closest-name.ts'
import { applyChange } from './apply-change.ts'
import { collectionsChanged } from './changed.ts'
import type { Catalog } from './catalog.ts'
import { ddlProblem, misfitLimit, StepError } from './ddl-problem.ts'
import { define, type Defined } from './define.ts'
import { mentionsOf } from './mentions.ts'
import { createPolicies, dropPolicies } from './policy-ddl.ts'
import { quote } from './quote.ts'
import { adoptionSteps } from './adoption-ddl.ts'
import {
  refuseSystemChange,
  refuseSystemDrop,
  withOwnFields,
  type SystemCollection,
} from './system-collections.ts'
import { serverTraits, trigramSchema } from './server-traits.ts'
import { loadStored, type StoredCollection } from './stored.ts'
import { toCollection } from './to-collection.ts'
import { toDdl, toDropDdl, type Step, type Target } from './to-ddl.ts'

/** What changes of structure need. */
export interface StructureDeps {
  readonly db: Database
  readonly catalog: Catalog
  readonly stream: Pick<ChangeStream, 'publish'>
}

/** How long a change waits for its turn: it keeps a connection meanwhile. */
const turnTimeoutMs = 30_000
/** How long a change waits for requests that use the table; all later ones wait behind it. */
const lockTimeoutMs = 3_000
/** How long one statement may take: an index over a large collection needs its time. */
const statementTimeoutMs = 300_000

/** Makes a collection. */
export async function createCollection(
  deps: StructureDeps,
  environment: Environment,
  definition: CollectionDefinition,
): Promise<StoredCollection> {
  return inStructure(deps, environment, definition.name, async change => {
    change.refuseTaken(definition.name)
    const created = await change.put(undefined, definition)
    await deps.stream.publish(change.tx, environment.schema)
    return created
  })
}

/** Changes a collection: fields, indexes, policies, its name. Old documents stay, in the new structure. */
export async function changeCollection(
  deps: StructureDeps,
  environment: Environment,
  name: string,
  wanted: CollectionChange,
): Promise<StoredCollection> {
  return inStructure(deps, environment, name, async change => {
    const { definition: before } = change.get(name)
    refuseSystemChange(before, wanted)
    const { definition, renames } = applyChange(before, wanted)
    if (definition.name !== name) change.refuseTaken(definition.name, name)
    return change.put(before, definition, renames)
  })
}

/** Removes a collection with its documents. */
export async function dropCollection(
  deps: StructureDeps,
  environment: Environment,
  name: string,
): Promise<void> {
  refuseSystemDrop(name)
  await inStructure(deps, environment, name, change => change.drop(change.get(name).definition))
}

/** Lists a collection whose table a module has made, and brings what is listed up to date with the module. */
export async function adoptCollection(
  deps: StructureDeps,
  environment: Environment,
  system: SystemCollection,
): Promise<void> {
  const { name } = system.definition
  const known = (await loadStored(deps.db, environment.schema)).get(name)?.definition
  if (JSON.stringify(known) === JSON.stringify(withOwnFields(system, known))) return
  await inStructure(deps, environment, name, async change => {
    await change.adopt(system)
    await deps.stream.publish(change.tx, environment.schema)
  })
}

/**
 * Runs one change of structure: alone in its environment, in one transaction with the definitions, or not at all.
 * Everyone is told after the commit.
 */
async function inStructure<T>(
  { db, catalog }: StructureDeps,
  environment: Environment,
  name: string,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const traits = await serverTraits(db)
  try {
    return await db.transaction(
      async tx => {
        await tx.script(`set local lock_timeout = ${turnTimeoutMs}`)
        await tx.query(
          sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox ${environment.schema}`}, 0))`,
        )
        // A copy of the environment holds it still. Asked for now, before there is anything the copy could wait for.
        await tx.script(`lock table ${quote(environment.schema, 'data_collections')} in row exclusive mode`)
        await tx.script(`set local lock_timeout = ${lockTimeoutMs}`)
        const stored = await loadStored(tx, environment.schema)
        const { schema, role } = environment
        const change = new Change(tx, environment, stored, { ...traits, schema, role })
        const result = await work(change)
        await tx.emit(collectionsChanged, { environmentId: environment.id, names: [...change.touched] })
        return result
      },
      { statementTimeoutMs },
    )
  } catch (error) {
    throw ddlProblem(name, error, await countMisfits(db, environment, name, error)) ?? unwrap(error)
  } finally {
    // Whoever is answered may rely on it: from here on no process acts on what was before.
    await catalog.invalidateEverywhere(environment.id)
  }
}

function unwrap(error: unknown): unknown {
  return error instanceof StepError ? error.cause : error
}

/** How many documents stood in the way, as far as that can be asked of the structure that stayed. */
async function countMisfits(
  db: Database,
  { schema }: Environment,
  name: string,
  error: unknown,
): Promise<number | undefined> {
  const misfit = error instanceof StepError ? error.step.demand?.misfit : undefined
  if (misfit === undefined) return undefined
  const rows = sql`select from ${id(schema, name)} where ${raw(misfit)} limit ${misfitLimit + 1}`
  return db.query<{ count: string }>(sql`select count(*) as count from (${rows}) misfits`).then(
    ([row]) => Number(row!.count),
    () => undefined,
  )
}

/** One running change, with the definitions as they were when it got its turn. */
class Change {
  /** Names of the collections that are not what they were. */
  readonly touched = new Set<string>()
  readonly tx: Tx
  readonly #environment: Environment
  readonly #stored: Map<string, StoredCollection>
  readonly #target: Omit<Target, 'trigramSchema'>

  constructor(
    tx: Tx,
    environment: Environment,
    stored: Map<string, StoredCollection>,
    target: Omit<Target, 'trigramSchema'>,
  ) {
    this.tx = tx
    this.#environment = environment
    this.#stored = stored
    this.#target = target
  }

  /** @throws Problem `data/unknown-collection` */
  get(name: string): StoredCollection {
    const known = this.#stored.get(name)
    if (known !== undefined) return known
    const near = closestName(name, this.#stored.keys())
    throw new Problem(dataProblems['unknown-collection'], `There is no collection "${name}".`, {
      hint: near === undefined ? undefined : `Did you mean "${near}"?`,
    })
  }

  /** @throws Problem `data/collection-exists` */
  refuseTaken(name: string, except?: string): void {
    for (const known of this.#stored.keys()) {
      if (known === except || known.toLowerCase() !== name.toLowerCase()) continue
      throw new Problem(dataProblems['collection-exists'], `There is a collection "${known}" already.`, {
        hint: `Change it with PATCH /v1/data/$collections/${known}, or take another name.`,
      })
    }
  }

  /** Turns `before` into `definition`, in the tables and in the list of definitions. */
  async put(
    before: CollectionDefinition | undefined,
    definition: CollectionDefinition,
    renames: ReadonlyMap<string, string> = new Map(),
  ): Promise<StoredCollection> {
    const { name } = definition
    const oldName = before?.name ?? name
    const dependents = this.#dependents(oldName, name)
    this.#stored.delete(oldName)
    const pointing = oldName === name ? [] : this.#followRename(oldName, name)
    const after = define(definition, { ...this.#target, others: this.#others(name) })
    this.#stored.set(name, { definition, version: 0 })
    const checked = this.#recheck(name, dependents)

    const needsTrigrams = definition.indexes?.some(({ kind }) => kind === 'trigram') ?? false
    const trigrams = needsTrigrams ? await trigramSchema(this.tx) : 'public'
    const target: Target = { ...this.#target, trigramSchema: trigrams }
    await this.#run(dependents.flatMap(({ definition }) => dropPolicies(definition, target)))
    const steps = toDdl({ before, after, renames }, target)
    // No document can be in the way of a new table, so one round trip does it.
    await this.#run(before === undefined ? [{ text: steps.map(({ text }) => text).join(';\n') }] : steps)
    await this.#run(checked.flatMap(dependent => createPolicies(dependent, target)))
    if (oldName !== name) await this.#forget(oldName)
    for (const other of new Set([...checked.map(dependent => dependent.definition), ...pointing]))
      await this.#save(other)
    return this.#save(definition)
  }

  /** The table is there; what is missing is its place in the list and what the environment's role may do with it. */
  async adopt(system: SystemCollection): Promise<void> {
    const { name } = system.definition
    const before = this.#stored.get(name)?.definition
    const definition = withOwnFields(system, before)
    const after = define(definition, { ...this.#target, others: this.#others(name) })
    await this.#run(adoptionSteps(before, after, system, { ...this.#target, trigramSchema: 'public' }))
    await this.#save(definition)
  }

  async drop(definition: CollectionDefinition): Promise<void> {
    const { name } = definition
    const dependents = this.#dependents(name, name)
    const pointing = [...this.#stored.values()].flatMap(({ definition: other }) =>
      other.name === name
        ? []
        : Object.entries(other.fields)
            .filter(([, field]) => field.to === name)
            .map(([field]) => `${other.name}.${field}`),
    )
    if (pointing.length > 0) {
      throw new Problem(
        dataProblems['collection-in-use'],
        `Relations of other collections point to ${name}: ${pointing.join(', ')}.`,
        { hint: 'Drop those fields first.' },
      )
    }
    this.#stored.delete(name)
    this.#recheck(name, dependents)
    await this.#run(toDropDdl(definition, this.#target))
    await this.#forget(name)
  }

  /** The other collections whose policies look into this one. */
  #dependents(...names: readonly string[]): StoredCollection[] {
    return [...this.#stored.values()].filter(
      ({ definition }) =>
        !names.includes(definition.name) && names.some(name => mentionsOf(definition).has(name)),
    )
  }

  /** Relations follow the collection they point to when it gets another name. Answers the definitions that changed. */
  #followRename(from: string, to: string): CollectionDefinition[] {
    return [...this.#stored.values()].flatMap(({ definition, version }) => {
      const fields = Object.entries(definition.fields)
      if (!fields.some(([, field]) => field.to === from)) return []
      const pointed = fields.map(([key, field]) => [key, field.to === from ? { ...field, to } : field])
      const changed = { ...definition, fields: Object.fromEntries(pointed) }
      this.#stored.set(definition.name, { definition: changed, version })
      return [changed]
    })
  }

  #others(except: string) {
    const { schema } = this.#environment
    const others = [...this.#stored].filter(([name]) => name !== except)
    return new Map(
      others.map(([name, { definition }]) => [
        name,
        toCollection(definition, { schema, version: 0, incoming: [] }),
      ]),
    )
  }

  /** Checks the policies of others that look into a collection that has changed. */
  #recheck(changed: string, dependents: readonly StoredCollection[]): Defined[] {
    return dependents.map(({ definition: { name } }) => {
      const { definition } = this.#stored.get(name)!
      try {
        return define(definition, { ...this.#target, others: this.#others(name) })
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        throw new Problem(dataProblems['collection-in-use'], `Policies of ${name} look into ${changed}.`, {
          hint: `Change those policies first, then ${changed}.`,
          errors: error.errors?.map(detail => ({ ...detail, message: `${name}: ${detail.message}` })),
        })
      }
    })
  }

  async #run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      try {
        if (step.refusesUnknownFields) await this.#refuseUnknownFields(step)
        else await this.tx.script(step.text)
      } catch (error) {
        throw error instanceof Problem ? error : new StepError(step, error)
      }
    }
  }

  async #refuseUnknownFields({ text }: Step): Promise<void> {
    const rows = await this.tx.query<{ name: string }>(sql`${raw(text)}`)
    if (rows.length === 0) return
    const names = rows.map(({ name }) => `"${name}"`).join(', ')
    throw new Problem(
      dataProblems['data-does-not-fit'],
      `Documents have fields the collection does not know: ${names}.`,
      {
        hint: 'Add these fields to the collection in the same change, or remove them from the documents.',
        errors: [{ at: '/flexible', message: `unknown fields are in use: ${names}` }],
      },
    )
  }

  async #save(definition: CollectionDefinition): Promise<StoredCollection> {
    const { schema } = this.#environment
    const sequence = quote(schema, 'data_collection_versions')
    const [row] = await this.tx.query<{ version: string }>(sql`
      insert into ${id(schema, 'data_collections')} (name, definition, version)
      values (${definition.name}, ${JSON.stringify(definition)}, nextval(${sequence}::regclass))
      on conflict (name) do update
        set definition = excluded.definition, version = excluded.version, updated_at = now()
      returning version`)
    this.touched.add(definition.name)
    return { definition, version: Number(row!.version) }
  }

  async #forget(name: string): Promise<void> {
    await this.tx.query(
      sql`delete from ${id(this.#environment.schema, 'data_collections')} where name = ${name}`,
    )
    this.touched.add(name)
  }
}
