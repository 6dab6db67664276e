import { Failure } from '../failure.ts'
import { problem, type Check, type Finding } from './check.ts'
import type { Patient } from './patient.ts'

export interface Examined {
  readonly name: string
  readonly title: string
  readonly findings: readonly Finding[]
}

const limitMs = 15_000

/** Does all checks at once, each within its time; one that fails is a finding itself. Those that do not apply are left out. */
export async function examine(
  checks: readonly Check[],
  patient: Patient,
  mostMs = limitMs,
): Promise<Examined[]> {
  const examined = await Promise.all(
    checks.map(async check => ({
      name: check.name,
      title: check.title,
      findings: await inTime(check, patient, mostMs),
    })),
  )
  return examined.filter(({ findings }) => findings.length > 0)
}

async function inTime(check: Check, patient: Patient, mostMs: number): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly Finding[]>(resolve => {
    const found = `This was not found out within ${mostMs / 1000} seconds.`
    timer = setTimeout(
      () => resolve([problem(found, 'Try again; something it waits for does not answer.')]),
      mostMs,
    )
  })
  try {
    return await Promise.race([check.look(patient), late])
  } catch (error) {
    return [failed(error)]
  } finally {
    clearTimeout(timer)
  }
}

function failed(error: unknown): Finding {
  if (error instanceof Failure) return problem(error.body.detail, error.body.hint ?? error.body.code)
  const { message = String(error), hint } = error as { message?: string; hint?: string }
  return problem(message, hint ?? 'This was not expected: please report it.')
}
