import type { Variable } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { environmentOf, environmentOptions } from '../places.ts'
import { readValue, valueOptions } from '../read-value.ts'
import { table } from '../terminal/table.ts'

const list = command({
  name: 'vars list',
  summary: 'List the configuration, and the names of secrets',
  options: environmentOptions,
  examples: ['cloudbox vars list --project shop --env dev'],
  async run(setting, { options }) {
    const { project, env } = environmentOf(setting, options)
    const json = await setting.api.get<{ variables: Variable[] }>(
      at`/projects/${project}/environments/${env}/variables`,
    )
    const rows = json.variables.map(({ name, isSecret, value, updatedAt }) => [
      name,
      isSecret ? '•••' : value,
      showMoment(updatedAt),
    ])
    return { json, text: table(setting.terminal, ['NAME', 'VALUE', 'SET'], rows) }
  },
})

const set = command({
  name: 'vars set',
  summary: 'Set a value of the configuration',
  description:
    'The value comes from standard input, a prompt or --value. What must not be read again is set with "cloudbox secrets set".',
  arguments: { name: { description: 'Capital letters, digits and underscores: REGION' } },
  options: { ...environmentOptions, ...valueOptions },
  examples: ['cloudbox vars set REGION --value eu --project shop --env dev'],
  async run(setting, { arguments: { name }, options }) {
    const { project, env } = environmentOf(setting, options)
    const value = await readValue(setting.terminal, { name, isHidden: false }, options)
    await setting.api.put(at`/projects/${project}/environments/${env}/variables/${name}`, { value })
    return { json: { project, environment: env, name, value }, text: `Set ${name} of ${project}/${env}.` }
  },
})

const unset = command({
  name: 'vars unset',
  summary: 'Remove a value or a secret',
  arguments: { name: { description: 'Which' } },
  options: { ...environmentOptions, ...confirmOptions },
  examples: ['cloudbox vars unset REGION --project shop --env dev --yes REGION'],
  async run(setting, { arguments: { name }, options }) {
    const { project, env } = environmentOf(setting, options)
    const what = `This removes ${name} of ${project}/${env}; a secret cannot be read before, nor brought back.`
    const stopped = await confirm(setting.terminal, { name, what }, options)
    if (stopped !== undefined) return stopped
    await setting.api.delete(at`/projects/${project}/environments/${env}/variables/${name}`)
    return {
      json: { project, environment: env, removed: name },
      text: `Removed ${name} of ${project}/${env}.`,
    }
  },
})

export const variableCommands = [list, set, unset]
