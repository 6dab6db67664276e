import { envFileOf, isEnvFileRight } from '../../dev/env-file.ts'
import { ok, warning, type Check } from '../check.ts'

export const envFile: Check = {
  name: 'env-file',
  title: 'Variables',
  look: async ({ project, state }) => {
    if (project === undefined) return []
    const env = await envFileOf(project.root)
    if (env === undefined || state?.environmentUrl === undefined || state.publishableKey === undefined)
      return []
    const app = { url: state.environmentUrl, publishableKey: state.publishableKey }
    if (await isEnvFileRight(project.root, env, app))
      return [ok(`${env.file} says where the environment is.`)]
    return [warning(`${env.file} does not say where the environment of this app is.`, 'cloudbox dev')]
  },
}
