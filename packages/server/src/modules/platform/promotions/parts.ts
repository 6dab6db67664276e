import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'

/** One thing a promotion does to a structure; only whoever made it knows the rest. */
export interface PlannedStep {
  readonly sentence: string
  /** Documents lose values by it; they are kept in the trash. */
  readonly isDestructive: boolean
}

export interface ExportedStructure {
  readonly collections: readonly unknown[]
  readonly versions: Readonly<Record<string, number>>
}

export interface Rehearsed {
  readonly steps: readonly {
    readonly sentence: string
    readonly locks: readonly { readonly collection: string; readonly mode: string }[]
    readonly isRewrite: boolean
    readonly rows: number
    readonly ms: number
  }[]
  readonly failure?: ProblemBody
}

/** Writes more in the transaction of what was done. */
export type Within = (tx: Tx, done: { readonly id: string }) => Promise<void>

/** The structure of collections; the module of documents puts this in. */
export interface StructurePart {
  export(environment: Environment): Promise<ExportedStructure>
  plan(before: ExportedStructure, wanted: ExportedStructure): readonly PlannedStep[]
  rehearse(environment: Environment, steps: readonly PlannedStep[]): Promise<Rehearsed>
  apply(
    environment: Environment,
    plan: { steps: readonly PlannedStep[]; versions: ExportedStructure['versions'] },
    within: Within,
  ): Promise<unknown>
  undo(environment: Environment, planId: string, within: Within): Promise<unknown>
}

/** One setting that differs. */
export interface PlannedSetting {
  /** JSON pointer. */
  readonly at: string
  readonly before?: unknown
  readonly after?: unknown
}

export interface ExportedSettings {
  readonly settings: object
  readonly secrets: readonly string[]
  readonly version: number
}

/** The settings of accounts; the module of accounts puts this in. */
export interface SettingsPart {
  export(environment: Environment): Promise<ExportedSettings>
  diff(
    before: ExportedSettings,
    wanted: ExportedSettings,
  ): { readonly changes: readonly PlannedSetting[]; readonly missingSecrets: readonly string[] }
  applyIn(
    tx: Tx,
    environment: Environment,
    plan: { changes: readonly PlannedSetting[]; version: number },
  ): Promise<{ id: string }>
  undoIn(tx: Tx, environment: Environment, changeId: string): Promise<void>
  /** It is committed: no process may act on what was before. */
  settle(environment: Environment): Promise<void>
}

/** What travels from one environment to another. Each is filled by the module that owns it. */
export class PromotionParts {
  #structure: StructurePart | undefined
  #settings: SettingsPart | undefined

  fillStructure(part: StructurePart): void {
    this.#structure = part
  }

  fillSettings(part: SettingsPart): void {
    this.#settings = part
  }

  get structure(): StructurePart {
    if (this.#structure === undefined) throw new Error('no module owns structure')
    return this.#structure
  }

  get settings(): SettingsPart {
    if (this.#settings === undefined) throw new Error('no module owns settings')
    return this.#settings
  }
}
