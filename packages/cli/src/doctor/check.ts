import type { Patient } from './patient.ts'

/** One thing that was found. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'problem'
  /** What is so. */
  readonly found: string
  /** The command or the line that mends it. */
  readonly mend?: string
}

/** One thing to look at. */
export interface Check {
  /** For programs; never changes. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** Nothing where it does not apply. Looks and changes nothing. */
  look(patient: Patient): Promise<readonly Finding[]>
}

export function ok(found: string): Finding {
  return { state: 'ok', found }
}

/** It works, and may not for long or for everybody. */
export function warning(found: string, mend: string): Finding {
  return { state: 'warning', found, mend }
}

/** Something does not work, or is open that should not be. */
export function problem(found: string, mend: string): Finding {
  return { state: 'problem', found, mend }
}
