import { ok, problem, type Check } from '../check.ts'

export const postgresPrograms: Check = {
  name: 'postgres-programs',
  title: 'Postgres',
  look: async () => {
    const { tryPrograms } = await import('@cloudbox/server/kernel/postgres/inspect')
    const { StartProblem } = await import('@cloudbox/server/kernel/postgres/start-problem')
    try {
      const { version, folder } = await tryPrograms()
      return [ok(`${version} is installed for this platform and runs, ${folder}`)]
    } catch (error) {
      if (error instanceof StartProblem) return [problem(error.message, error.hint ?? '')]
      const { message } = error as Error
      return [
        problem(
          `The embedded Postgres is installed and does not run: ${message}`,
          'Allow programs to run from node_modules, or set CLOUDBOX_DATABASE_URL to a Postgres of your own.',
        ),
      ]
    }
  },
}
