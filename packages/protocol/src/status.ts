/**
 * The public status page of an environment, below `/{project}/{environment}/v1`. Closed until somebody opens it.
 *
 * - `GET status`: the page, for everybody
 * - `GET status/summary`: {@link StatusSummary}, for everybody
 * - `GET status/settings`: {@link StatusSettings}, with `environments.read`
 * - `PUT status/settings`: sets them, with `environments.change`
 */
import { Type, type Static } from 'typebox'
import { defineProblems } from './problem.ts'

export const statusProblems = defineProblems('status', {
  closed: {
    status: 404,
    title: 'There is no status page here',
    hint: 'It is opened in the settings of the environment.',
  },
})

export const StatusSettings = Type.Object(
  {
    isPublic: Type.Boolean({ default: false }),
    title: Type.String({ maxLength: 100, default: '', description: 'The project unless set.' }),
    message: Type.String({
      maxLength: 2000,
      default: '',
      description: 'Shown on top: what is going on, or what is planned.',
    }),
  },
  { additionalProperties: false },
)
export type StatusSettings = Static<typeof StatusSettings>

/**
 * How it goes just now, by the requests of the last five minutes: `degraded` when one of a hundred and at least five failed
 * (5xx), `down` when half of them did.
 */
export const statusStates = ['operational', 'degraded', 'down'] as const
export type StatusState = (typeof statusStates)[number]

export const StatusDay = Type.Object({
  /** `2026-11-30`, UTC. */
  day: Type.String(),
  /** Part of the requests that did not fail, 0 to 1, in steps of 0.00001 and 1 only where none failed; null where there were none. */
  good: Type.Union([Type.Number(), Type.Null()]),
})
export type StatusDay = Static<typeof StatusDay>

export const StatusSummary = Type.Object({
  title: Type.String(),
  message: Type.String(),
  state: Type.Enum([...statusStates]),
  /** The last ninety days, the oldest first. */
  days: Type.Array(StatusDay),
  /** Of all requests of those days, the part that did not fail, as exact. */
  good: Type.Union([Type.Number(), Type.Null()]),
  /** ms since 1970. */
  at: Type.Number(),
})
export type StatusSummary = Static<typeof StatusSummary>
