import { command } from '../command.ts'

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
  },
  examples: ['cloudbox doctor', 'cloudbox doctor --json'],
  run: async (setting, { options }) => {
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
