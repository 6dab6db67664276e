import { command, type Outcome, type Setting } from '../command.ts'
import { targetOptions } from '../project/target.ts'

export const doctor = command({
  name: 'doctor',
  summary: 'Look for what keeps CloudBox from working here',
  description:
    'Looks at this machine and at the app in this folder, changes nothing, and says of everything that is not well which command or line mends it. Ends with 1 when there is a problem; warnings are no problem.',
  options: {
    'database-url': {
      type: 'string',
      value: 'URL',
      description: "Whether CloudBox can run on this Postgres; outside an app's folder also DATABASE_URL",
    },
    parity: {
      type: 'string',
      value: 'ENV',
      description: 'Compare instead: what runs here, or the files of the app, with this environment',
    },
    project: targetOptions.project,
  },
  examples: ['cloudbox doctor', 'cloudbox doctor --parity production', 'cloudbox doctor --json'],
  run: async (setting, { options }) => {
    const { parity, project } = options
    if (parity !== undefined) return compare(setting, { parity, project })
    const { checks } = await import('../doctor/checks.ts')
    const { examine } = await import('../doctor/examine.ts')
    const { examinedText } = await import('../doctor/examined-text.ts')
    const { patientOf } = await import('../doctor/patient.ts')
    const examined = await examine(checks, await patientOf(setting, { databaseUrl: options['database-url'] }))
    const isWell = examined.every(({ findings }) => findings.every(({ state }) => state !== 'problem'))
    return {
      json: { isWell, checks: examined },
      text: examinedText(setting.terminal, examined),
      exitCode: isWell ? 0 : 1,
    }
  },
})

async function compare(
  setting: Setting,
  wanted: { readonly parity: string; readonly project?: string | undefined },
): Promise<Outcome> {
  const { examineParity } = await import('../doctor/parity/examine-parity.ts')
  const { parityText } = await import('../doctor/parity/parity-text.ts')
  const examined = await examineParity(setting, wanted)
  return { json: examined, text: parityText(setting.terminal, examined) }
}
