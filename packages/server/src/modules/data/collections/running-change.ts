import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, raw, sql } from '../../../kernel/sql.ts'
import { closestName } from '../../../lib/closest-name.ts'
import type { CollectionsUnderWay } from '../online-change/under-way.ts'
import { adoptionSteps } from './adoption-ddl.ts'
import { StepError } from './ddl-problem.ts'
import { define, type Defined } from './define.ts'
import { mentionsOf } from './mentions.ts'
import { createPolicies, dropPolicies } from './policy-ddl.ts'
import { quote } from './quote.ts'
import { trigramSchema } from './server-traits.ts'
import type { StoredCollection } from './stored.ts'
import { withOwnFields, type SystemCollection } from './system-collections.ts'
import { toCollection } from './to-collection.ts'
import { toDdl, toDropDdl, type Step, type StructureChange, type Target } from './to-ddl.ts'

/** A running change of structure, with the definitions as they were when it got its turn. */
export class RunningChange {
  /** Names of the collections that are not what they were. */
  readonly touched = new Set<string>()
  readonly tx: Tx
  readonly #environment: Environment
  readonly #stored: Map<string, StoredCollection>
  readonly #target: Omit<Target, 'trigramSchema'>
  /** Collections an online change holds as they are. */
  readonly underWay: CollectionsUnderWay

  constructor(
    tx: Tx,
    environment: Environment,
    stored: Map<string, StoredCollection>,
    target: Omit<Target, 'trigramSchema'>,
    underWay: CollectionsUnderWay = new Map(),
  ) {
    this.underWay = underWay
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

  /** @throws Problem `schema/change-under-way` */
  refuseUnderWay(name: string): void {
    const change = this.underWay.get(name)
    if (change === undefined) return
    throw new Problem(
      schemaProblems['change-under-way'],
      `Change ${change} of ${name} is under way; until it is over, its structure stays as it is.`,
    )
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
    { renames = new Map(), using }: Pick<StructureChange, 'renames' | 'using'> = {},
  ): Promise<StoredCollection> {
    const { name } = definition
    const oldName = before?.name ?? name
    if (before !== undefined) this.refuseUnderWay(oldName)
    const dependents = this.#dependents(oldName, name)
    this.#stored.delete(oldName)
    const pointing = oldName === name ? [] : this.#followRename(oldName, name)
    const after = define(definition, { ...this.#target, others: this.#others(name) })
    this.#stored.set(name, { definition, version: 0 })
    const checked = this.#recheck(name, dependents)

    const needsTrigrams = definition.indexes?.some(({ kind }) => kind === 'trigram') ?? false
    const trigrams = needsTrigrams ? await trigramSchema(this.tx) : 'public'
    const target: Target = { ...this.#target, trigramSchema: trigrams }
    await this.run(dependents.flatMap(({ definition }) => dropPolicies(definition, target)))
    const steps = toDdl({ before, after, renames, using }, target)
    // No document can be in the way of a new table, so one round trip does it.
    await this.run(before === undefined ? [{ text: steps.map(({ text }) => text).join(';\n') }] : steps)
    await this.run(checked.flatMap(dependent => createPolicies(dependent, target)))
    if (oldName !== name) await this.#forget(oldName)
    for (const other of new Set([...checked.map(dependent => dependent.definition), ...pointing]))
      await this.#save(other)
    return this.#save(definition)
  }

  /** Every collection as the change has left it so far. */
  get definitions(): CollectionDefinition[] {
    return Array.from(this.#stored.values(), ({ definition }) => definition)
  }

  /** Where the tables are and what they are written for. */
  get target(): Omit<Target, 'trigramSchema'> {
    return this.#target
  }

  /** Takes a table that has come back into the list; what it lacks comes with {@link put}. */
  list(definition: CollectionDefinition): void {
    this.#stored.set(definition.name, { definition, version: 0 })
  }

  /** Takes a collection out of the list; what becomes of its table is up to the caller. */
  async unlist(name: string): Promise<void> {
    this.refuseUnderWay(name)
    this.#stored.delete(name)
    await this.#forget(name)
  }

  /**
   * Lifts the policies of these collections while many change: a policy may look into any other, and no order would
   * suit all of them. Nobody gets in meanwhile: their tables are locked until the end.
   */
  async liftPolicies(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      const { definition, version } = this.get(name)
      const { policies: _lifted, ...others } = definition
      await this.run(dropPolicies(definition, { ...this.#target, trigramSchema: 'public' }))
      this.#stored.set(name, { definition: others, version })
    }
  }

  /** Ends a change of many collections: these definitions, of tables that are ready, with their policies. */
  async setPolicies(definitions: readonly CollectionDefinition[]): Promise<void> {
    for (const definition of definitions) this.list(definition)
    for (const definition of definitions) {
      const defined = define(definition, { ...this.#target, others: this.#others(definition.name) })
      await this.run(createPolicies(defined, { ...this.#target, trigramSchema: 'public' }))
      await this.#save(definition)
    }
  }

  /** The table is there; what is missing is its place in the list and what the environment's role may do with it. */
  async adopt(system: SystemCollection): Promise<void> {
    const { name } = system.definition
    const before = this.#stored.get(name)?.definition
    const definition = withOwnFields(system, before)
    const after = define(definition, { ...this.#target, others: this.#others(name) })
    await this.run(adoptionSteps(before, after, system, { ...this.#target, trigramSchema: 'public' }))
    await this.#save(definition)
  }

  async drop(definition: CollectionDefinition): Promise<void> {
    const { name } = definition
    this.refuseUnderWay(name)
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
    await this.run(toDropDdl(definition, this.#target))
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

  /** @throws StepError for what Postgres refuses */
  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      try {
        if (step.refusesUnknownFields) await this.#refuseUnknownFields(step.text, step.refusesUnknownFields)
        else await this.tx.script(step.text)
      } catch (error) {
        throw error instanceof Problem ? error : new StepError(step, error)
      }
    }
  }

  async #refuseUnknownFields(
    text: string,
    { at, hint }: NonNullable<Step['refusesUnknownFields']>,
  ): Promise<void> {
    const rows = await this.tx.query<{ name: string }>(sql`${raw(text)}`)
    if (rows.length === 0) return
    const names = rows.map(({ name }) => `"${name}"`).join(', ')
    throw new Problem(
      dataProblems['data-does-not-fit'],
      `Documents have fields the collection does not know: ${names}.`,
      {
        hint,
        errors: [{ at, message: `unknown fields are in use: ${names}` }],
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
