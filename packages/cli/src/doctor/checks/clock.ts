import { ok, warning, type Check, type Finding } from '../check.ts'

/** More makes tokens end early or begin late, and what happened first looks as if it had happened last. */
const mostMs = 2000

export const clock: Check = {
  name: 'clock',
  title: 'Clock',
  look: async patient => {
    const findings: Finding[] = []
    // That it does not answer is told elsewhere.
    const postgres = await patient.postgres().catch(() => undefined)
    if (postgres !== undefined) findings.push(judge('Postgres', postgres.aheadMs, postgres.uncertaintyMs))
    const { aheadMs } = await patient.reach()
    // Whole seconds: half a one either way.
    if (aheadMs !== undefined) findings.push(judge(patient.link!.url, aheadMs, 500))
    return findings
  },
}

/** @param aheadMs so much is the other clock ahead of ours, give or take the uncertainty */
export function judge(whose: string, aheadMs: number, uncertaintyMs: number): Finding {
  const off = Math.abs(aheadMs)
  if (off - uncertaintyMs <= mostMs) return ok(`The same as at ${whose}.`)
  const way = aheadMs > 0 ? 'ahead of' : 'behind'
  return warning(
    `The clock of ${whose} is ${(off / 1000).toFixed(1)} seconds ${way} the one here.`,
    process.platform === 'win32'
      ? 'On the machine whose clock is wrong: w32tm /resync'
      : 'On the machine whose clock is wrong: timedatectl set-ntp true',
  )
}
