import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { applyChange } from '../collections/apply-change.ts'
import { mentionsOf } from '../collections/mentions.ts'
import { quote } from '../collections/quote.ts'
import type { RunningChange } from '../collections/running-change.ts'
import { wholeDefinition } from '../collections/system-collections.ts'
import { typeChange } from '../collections/type-change.ts'
import { bareCollection, bareField, withoutReaders } from './bare.ts'
import { changesValues } from './describe-step.ts'
import { refuseDifference, sumColumns } from '../transforms/column-sums.ts'
import { foldStep, type Structure } from './fold-step.ts'
import { relationsOf } from './relations-of.ts'
import { restoreField, restoreReplaced, restoreUnknownField, type Restored } from './restore-values.ts'
import { noRestores, type Restores } from './restores.ts'
import type { StructureStep } from './structure-step.ts'
import { transformField } from './transform-field.ts'
import {
  bringBackTable,
  discard,
  keepCollection,
  keepField,
  keepUnknownField,
  type Culprit,
  type TrashEntry,
} from './trash.ts'
import { withoutSleepers } from './asleep.ts'

type Of<Kind extends StructureStep['kind']> = Extract<StructureStep, { kind: Kind }>

/** A plan on its way: turns tables into what each step wants of them. Steps may be run in a transaction each. */
export class PlanRun {
  readonly #steps: readonly StructureStep[]
  readonly #plan: string
  readonly #restores: Restores
  /** What the author's definitions are after the steps so far; the tables may lag behind, see {@link withoutSleepers}. */
  #structure: Structure
  /** Collections whose policies are lifted. */
  readonly #lifted = new Set<string>()
  /** Number of steps that are done. */
  #done = 0

  constructor(
    structure: Structure,
    steps: readonly StructureStep[],
    plan: string,
    restores: Restores = noRestores,
  ) {
    this.#structure = structure
    this.#steps = steps
    this.#plan = plan
    this.#restores = restores
  }

  /** Locks every table that will change, so that nothing is written between a copy and a change, and lifts policies. */
  async begin(change: RunningChange): Promise<void> {
    const named = new Set(this.#steps.map(step => step.collection))
    for (const name of named) change.refuseUnderWay(name)
    const known = change.definitions
    const tables = known.flatMap(({ name }) => (named.has(name) ? [quote(change.target.schema, name)] : []))
    if (tables.length > 0) await change.tx.script(`lock table ${tables.join(', ')} in access exclusive mode`)
    for (const definition of known) {
      const looksInto = [...mentionsOf(definition)].some(other => named.has(other))
      if (named.has(definition.name) || looksInto) this.#lifted.add(definition.name)
    }
    await change.liftPolicies(this.#lifted)
  }

  /** Runs the next step. */
  async step(change: RunningChange): Promise<void> {
    const step = this.#steps[this.#done]!
    this.#structure = foldStep(this.#structure, step)
    this.#done++
    switch (step.kind) {
      case 'create-collection':
        return this.#create(change, step)
      case 'drop-collection':
        return this.#drop(change, step)
      case 'rename-collection':
      case 'rename-field':
        return this.#rename(change, step)
      case 'add-field':
        return this.#addField(change, step)
      case 'change-field':
        return this.#changeField(change, step)
      case 'drop-field':
        return this.#dropField(change, step)
      case 'change-policy':
        return
      default:
        await this.#put(change, step.collection)
    }
  }

  /** Gives policies back, the changed ones among them, and lists the definitions as they are wanted. */
  async end(change: RunningChange): Promise<void> {
    await change.setPolicies([...this.#lifted].map(name => wholeDefinition(this.#structure.get(name)!)))
  }

  get #culprit(): Culprit {
    return { plan: this.#plan, step: this.#done }
  }

  /** What the table of a collection is to be after this step. */
  #wanted(name: string): CollectionDefinition {
    const all = this.#steps.filter(step => step.collection === name)
    const pending = this.#steps.slice(this.#done).filter(step => step.collection === name)
    const { policies: _lifted, ...definition } = this.#structure.get(name)!
    return wholeDefinition(withoutSleepers(definition, all, pending))
  }

  async #put(change: RunningChange, name: string, wanted = this.#wanted(name)): Promise<void> {
    await change.put(change.get(name).definition, wanted)
  }

  async #create(change: RunningChange, { collection }: Of<'create-collection'>): Promise<void> {
    this.#lifted.add(collection)
    const wanted = this.#wanted(collection)
    const entry = this.#restores.find('collection', collection)
    if (entry?.kind !== 'collection') {
      await change.put(undefined, wanted)
      return
    }
    const bare = { ...bareCollection(entry.definition), name: collection }
    await bringBackTable(change, entry.id, collection)
    change.list(bare)
    // What waits for the other end of its relation has its column already.
    await this.#put(change, collection, { ...wanted, fields: { ...bare.fields, ...wanted.fields } })
  }

  async #drop(change: RunningChange, { collection, before }: Of<'drop-collection'>): Promise<void> {
    const leaving = new Set(
      this.#steps
        .slice(this.#done)
        .flatMap(step => (step.kind === 'drop-collection' ? [step.collection] : [])),
    )
    for (const definition of change.definitions) {
      const isTied = leaving.has(definition.name) && relationsOf(definition).includes(collection)
      if (isTied || definition.name === collection)
        await this.#put(change, definition.name, bareCollection(definition))
    }
    await keepCollection(change, this.#culprit, before)
    await change.unlist(collection)
    this.#lifted.delete(collection)
  }

  async #rename(
    change: RunningChange,
    { kind, collection, before, after }: Of<'rename-collection' | 'rename-field'>,
  ): Promise<void> {
    const { definition: known } = change.get(collection)
    const wanted = kind === 'rename-field' ? { rename: { [before]: after } } : { name: after }
    const { definition, renames } = applyChange(known, wanted)
    await change.put(known, definition, { renames })
    if (kind === 'rename-collection' && this.#lifted.delete(before)) this.#lifted.add(after)
    // Relations have followed, so these are to be listed anew as well.
    for (const other of change.definitions)
      if (relationsOf(other).includes(after)) this.#lifted.add(other.name)
  }

  async #addField(change: RunningChange, { collection, field, after }: Of<'add-field'>): Promise<void> {
    const { definition } = change.get(collection)
    if (definition.flexible && after.computed === undefined) {
      await keepUnknownField(change, this.#culprit, collection, [field, after])
      // Until now they read the unknown field.
      await this.#put(change, collection, withoutReaders(definition, field))
    }
    const entry = this.#restores.find('field', collection, field)
    if (entry !== undefined && after.computed === undefined)
      return this.#refill(change, { collection, field, old: after, entry: entry.id })
    await this.#put(change, collection)
  }

  /** Adds a field with the values it had. */
  async #refill(change: RunningChange, restored: Restored): Promise<void> {
    await this.#putBare(change, restored.collection, restored.field, restored.old)
    await restoreField(change, restored)
    await discard(change.tx, change.target.schema, restored.entry)
    await this.#put(change, restored.collection)
  }

  async #changeField(change: RunningChange, step: Of<'change-field'>): Promise<void> {
    const { collection, field, before, after } = step
    const entry = after.computed === undefined ? this.#restores.find('field', collection, field) : undefined
    if (before.computed !== undefined && entry !== undefined) {
      await this.#remove(change, collection, field)
      return this.#refill(change, { collection, field, old: after, entry: entry.id })
    }
    const isReplaced = after.computed !== undefined || typeChange(before, after, '') === 'impossible'
    if (!changesValues(step)) {
      // What was computed can be dropped: nothing but a computation goes.
      if (before.computed !== undefined && after.computed === undefined && isReplaced)
        await this.#remove(change, collection, field)
      return this.#put(change, collection)
    }
    const { definition } = change.get(collection)
    const sums = () => sumColumns(change.tx, change.target.schema, definition, field)
    const sumsBefore = await sums()
    if (step.using === undefined) await this.#convertField(change, step, { isReplaced, entry })
    else
      await transformField(change, this.#culprit, {
        ...{ collection: definition, field, before, after, using: step.using },
        put: using => change.put(definition, this.#wanted(collection), { using }),
      })
    refuseDifference(collection, sumsBefore, await sums())
  }

  async #convertField(
    change: RunningChange,
    { collection, field, before, after }: Of<'change-field'>,
    { isReplaced, entry }: { readonly isReplaced: boolean; readonly entry: TrashEntry | undefined },
  ): Promise<void> {
    const entryNow = await keepField(change, this.#culprit, collection, [field, before])
    if (isReplaced || entry !== undefined) await this.#remove(change, collection, field)
    if (entry !== undefined) {
      await this.#putBare(change, collection, field, after)
      await restoreReplaced(change, {
        ...{ collection, field, old: after, since: before, entry: entry.id, entryNow },
        isTransformed: entry.isTransformed,
      })
      await discard(change.tx, change.target.schema, entry.id)
    }
    await this.#put(change, collection)
  }

  async #dropField(change: RunningChange, { collection, field, before }: Of<'drop-field'>): Promise<void> {
    if (before.computed !== undefined) {
      await this.#remove(change, collection, field)
      return this.#put(change, collection)
    }
    const entryNow = await keepField(change, this.#culprit, collection, [field, before])
    await this.#remove(change, collection, field)
    if (change.get(collection).definition.flexible && this.#restores.wasAdded(collection, field)) {
      const entry = this.#restores.find('unknown-field', collection, field)
      const replaced = { collection, field, since: before, entry: entry?.id, entryNow }
      await restoreUnknownField(change, replaced, this.#restores.appliedAt)
      if (entry !== undefined) await discard(change.tx, change.target.schema, entry.id)
    }
    await this.#put(change, collection)
  }

  /** Drops a column, and before it what is computed from it. */
  async #remove(change: RunningChange, collection: string, field: string): Promise<void> {
    const readerless = withoutReaders(change.get(collection).definition, field)
    await this.#put(change, collection, readerless)
    const { [field]: _gone, ...fields } = readerless.fields
    await this.#put(change, collection, { ...readerless, fields })
  }

  /** Adds a field that asks nothing of its values yet. */
  async #putBare(
    change: RunningChange,
    collection: string,
    field: string,
    after: FieldDefinition,
  ): Promise<void> {
    const { definition } = change.get(collection)
    const fields = { ...definition.fields, [field]: bareField(after) }
    await this.#put(change, collection, { ...definition, fields })
  }
}
