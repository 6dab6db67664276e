import type { Severity } from '@cloudbox/protocol/alerts'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import type { Operation } from '../../../kernel/observation.ts'
import { isSetBack, nowhere, type CountedWindow, type Frame } from '../../monitoring/module.ts'
import { closeIncident, openIncident, worsenIncident } from '../incidents/stored-incidents.ts'
import { advance, allWell, type RuleState } from '../judging/advance.ts'
import { judgeOf } from '../judging/judge.ts'
import { reachOf, type Judge, type Verdict } from '../judging/verdict.ts'
import { giveUpWaiting, writeNotices } from '../notices/write-notices.ts'
import { readAllRules, withDefaults, type Rule } from '../rules/stored-rules.ts'
import { readActiveSilences, silenceOf, type ActiveSilence } from '../silences/stored-silences.ts'
import { conditionKey, readStates, removeState, saveStates, type StoredState } from './stored-states.ts'

export interface EvaluatorOptions {
  readonly db: Database
  readonly log: Log
  environments(): readonly Environment[]
  operationAt(index: number): Operation
  /** What was counted before now, as far back as the longest condition looks. */
  readFrames(environmentId: string, from: number, to: number): AsyncIterable<Frame>
}

interface Judged {
  readonly condition: string
  readonly judge: Judge
}

const windowMs = 10_000
const minuteMs = 60_000
const crowdedEveryMs = 3_600_000
/** Figures of a rule under which nothing happens are written so often. */
const valueEveryMs = 60_000

/**
 * Judges the rules of all environments, window by window. What it has to remember of the past it reads from the stored
 * windows, and how rules stand is in the database, so that it may begin anew at any time.
 */
export class Evaluator {
  readonly #options: EvaluatorOptions
  #judges = new Map<string, Judged>()
  #endedAt = 0
  /** Of rules that stand as they stood, with another figure. */
  readonly #quiet: StoredState[] = []
  /** When it was last told of an environment that more waits to be sent than may. */
  readonly #crowdedAt = new Map<string, number>()

  constructor(options: EvaluatorOptions) {
    this.#options = options
  }

  /**
   * Judges what was counted; the oldest first.
   *
   * @returns how much of it was judged
   */
  async hear(windows: readonly CountedWindow[]): Promise<number> {
    const newestAt = this.#endedAt - windowMs
    if (isSetBack(newestAt, windows)) {
      this.#options.log.warn('alerts.clock-set-back', { earlierMs: newestAt - windows.at(-1)!.at })
      this.#endedAt = 0
    }
    let judged = 0
    for (const window of windows) {
      // Of a time that was judged already a worker has told late; where the server has not counted there is nothing to say.
      if (window.at < this.#endedAt || !window.environments.has(nowhere)) continue
      if (window.at !== this.#endedAt) this.#judges.clear()
      try {
        await this.#judgeWindow(window)
        this.#endedAt = window.at + windowMs
        judged++
      } catch (error) {
        this.#judges.clear()
        this.#quiet.length = 0
        this.#endedAt = 0
        throw error
      }
    }
    return judged
  }

  async #judgeWindow({ at, environments }: CountedWindow): Promise<void> {
    const { db } = this.#options
    const [stored, states, silences] = await Promise.all([
      readAllRules(db),
      readStates(db),
      readActiveSilences(db, at + windowMs),
    ])
    const stateOf = new Map(
      states.map(state => [keyOf(state.environmentId, state.ruleId), asOf(state, at + windowMs)]),
    )
    const judged = new Map<string, Judged>()
    for (const { id } of this.#options.environments()) {
      const rules = withDefaults(stored.get(id)).filter(({ isOn }) => isOn)
      await this.#prepare(id, rules, at, judged)
      const frame = { at, stepMs: windowMs, own: environments.get(id), server: environments.get(nowhere)! }
      for (const rule of rules) {
        const key = keyOf(id, rule.id)
        const { judge, condition } = judged.get(key)!
        const before = stateOf.get(key)
        stateOf.delete(key)
        const isSame = before === undefined || before.condition === condition
        if (!isSame) await this.#abandon(before, at + windowMs)
        const step = { environmentId: id, rule, condition, verdict: judge.feed(frame), silences }
        await this.#follow(step, isSame ? before : undefined)
      }
    }
    this.#judges = judged
    await saveStates(db, this.#quiet.splice(0))
    // What is left belongs to rules that are off or gone.
    for (const state of stateOf.values()) await this.#abandon(state, at + windowMs)
  }

  /** Those who judge the rules of an environment, who know of what was before. */
  async #prepare(
    environmentId: string,
    rules: readonly Rule[],
    at: number,
    judged: Map<string, Judged>,
  ): Promise<void> {
    const { operationAt, readFrames } = this.#options
    const fresh: { judge: Judge; from: number }[] = []
    for (const { id, condition, severity } of rules) {
      const key = keyOf(environmentId, id)
      const text = conditionKey(condition)
      let known = this.#judges.get(key)
      if (known?.condition !== text) {
        known = { condition: text, judge: judgeOf(condition, severity, operationAt) }
        fresh.push({ judge: known.judge, from: at - reachOf(condition) })
      }
      judged.set(key, known)
    }
    if (fresh.length === 0) return
    const from = Math.min(...fresh.map(one => one.from))
    for await (const frame of readFrames(environmentId, from, at))
      for (const one of fresh) if (frame.at >= one.from) one.judge.feed(frame)
  }

  async #follow(step: Step, kept: StoredState | undefined): Promise<void> {
    const { environmentId, rule, verdict } = step
    const before = kept?.state ?? allWell
    const { state, event } = advance(before, verdict, rule)
    const due = event ?? this.#reminderOf(step, state, kept)
    if (due === undefined && sameState(before, state)) {
      const isKnown = kept !== undefined && Math.abs(verdict.at - kept.at) < valueEveryMs
      const { condition } = step
      const { value, at } = verdict
      const rest = { incidentId: null, toldAt: null, toldSeverity: null, ...kept }
      if (!isKnown) this.#quiet.push({ ...rest, environmentId, ruleId: rule.id, condition, state, value, at })
      return
    }
    await this.#options.db.transaction(async tx => {
      let incidentId = kept?.incidentId ?? null
      let toldAt = kept?.toldAt ?? null
      let toldSeverity = lessUrgent(kept?.toldSeverity ?? null, state)
      if (state.phase === 'firing') {
        incidentId ??= await openIncident(tx, { ...rule, environmentId }, state)
        if (before.phase === 'firing') await worsenIncident(tx, incidentId, state)
      }
      if (due !== undefined && incidentId !== null) {
        const told = await this.#tell(tx, step, due, incidentId, toldAt)
        if (told) {
          toldAt = verdict.at
          toldSeverity = severityOf(state)
        }
      }
      if (event === 'resolved' && incidentId !== null) {
        await closeIncident(tx, incidentId, verdict.at, 'resolved')
        incidentId = null
        toldAt = null
        toldSeverity = null
      }
      const { condition } = step
      const { value, at } = verdict
      await saveStates(tx, [
        { environmentId, ruleId: rule.id, condition, state, value, at, incidentId, toldAt, toldSeverity },
      ])
    })
  }

  /** Whether it is time to tell once more, or for the first time after a silence. */
  #reminderOf(
    { environmentId, rule, verdict, silences }: Step,
    state: RuleState,
    kept: StoredState | undefined,
  ): 'fired' | 'escalated' | 'reminder' | undefined {
    if (state.phase !== 'firing' || kept?.incidentId == null) return undefined
    if (silenceOf(silences, environmentId, rule.id) !== undefined) return undefined
    if (kept.toldAt === null) return 'fired'
    if (kept.toldSeverity === 'ticket' && state.severity === 'page') return 'escalated'
    const isDue = rule.remindMinutes > 0 && verdict.at - kept.toldAt >= rule.remindMinutes * minuteMs
    return isDue ? 'reminder' : undefined
  }

  /** @returns whether somebody is told */
  async #tell(
    tx: Tx,
    { environmentId, rule, verdict, silences }: Step,
    kind: 'fired' | 'escalated' | 'reminder' | 'resolved',
    incidentId: string,
    toldAt: number | null,
  ): Promise<boolean> {
    const { channels } = rule
    const notices = { environmentId, incidentId, kind, at: verdict.at, channels }
    const silence = silenceOf(silences, environmentId, rule.id)
    // Whoever was told that something began is told that it is over, whatever is silenced by now.
    const isHeld = silence !== undefined && !(kind === 'resolved' && toldAt !== null)
    if (!isHeld && kind === 'resolved' && toldAt === null) return false
    const receivers = await writeNotices(tx, { ...notices, silenceId: isHeld ? silence.id : undefined })
    if (!isHeld) await this.#giveUpWaiting(tx, environmentId, verdict.at)
    return !isHeld && receivers > 0
  }

  /** Nobody asks any more what was asked. */
  async #abandon(kept: StoredState, at: number): Promise<void> {
    await this.#options.db.transaction(async tx => {
      const { environmentId, incidentId } = kept
      if (incidentId !== null) {
        await closeIncident(tx, incidentId, at, 'rule-changed')
        const notice = { environmentId, incidentId, kind: 'resolved', at, channels: null } as const
        if (kept.toldAt !== null) await writeNotices(tx, notice)
      }
      await removeState(tx, kept)
    })
  }

  async #giveUpWaiting(tx: Tx, environmentId: string, at: number): Promise<void> {
    const notices = await giveUpWaiting(tx, environmentId)
    if (notices === 0 || Math.abs(at - (this.#crowdedAt.get(environmentId) ?? -Infinity)) < crowdedEveryMs)
      return
    this.#crowdedAt.set(environmentId, at)
    this.#options.log.warn('alerts.notices-given-up', { environment: environmentId, notices })
  }
}

interface Step {
  readonly environmentId: string
  readonly rule: Rule
  readonly condition: string
  readonly verdict: Verdict
  readonly silences: readonly ActiveSilence[]
}

function severityOf(state: RuleState): Severity | null {
  return state.phase === 'firing' ? state.severity : null
}

/** What was told of something that has become less urgent since: it may be told again. */
function lessUrgent(told: Severity | null, state: RuleState): Severity | null {
  return told !== null && severityOf(state) === 'ticket' ? 'ticket' : told
}

/** When somebody was told is counted from now where it is of a time that has not come: the clock was set back. */
function asOf(state: StoredState, at: number): StoredState {
  return state.toldAt !== null && state.toldAt > at ? { ...state, toldAt: at } : state
}

function sameState(a: RuleState, b: RuleState): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function keyOf(environmentId: string, ruleId: string): string {
  return `${environmentId} ${ruleId}`
}
