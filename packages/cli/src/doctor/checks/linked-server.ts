import type { Me } from '@cloudbox/protocol/platform-replies'
import { at } from '../../api.ts'
import { Failure } from '../../failure.ts'
import { ok, problem, warning, type Check } from '../check.ts'

export const linkedServer: Check = {
  name: 'linked-server',
  title: 'Linked server',
  look: async patient => {
    const { link, setting } = patient
    if (link === undefined) return []
    const { failure } = await patient.reach()
    if (failure !== undefined)
      return [
        problem(
          `${link.url} of cloudbox/link.json does not answer: ${failure}.`,
          `Start it, or name another: cloudbox link ${link.project} --url URL`,
        ),
      ]
    const signIn = `cloudbox login ${link.url}`
    if (link.url !== setting.url)
      return [warning(`${link.url} answers; you are not signed in there.`, signIn)]
    try {
      const { email } = await setting.api.get<Me>('/me')
      await setting.api.get(at`/projects/${link.project}`)
      return [ok(`${link.url} answers, ${email} sees ${link.project} there.`)]
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { code, detail } = error.body
      if (code !== 'platform/not-found') return [warning(detail, signIn)]
      return [
        problem(
          `There is no project ${link.project} on ${link.url} that you see.`,
          'cloudbox project list, then: cloudbox link PROJECT',
        ),
      ]
    }
  },
}
