import { at } from '../api.ts'
import { command } from '../command.ts'
import { environmentOf, environmentOptions } from '../places.ts'
import { readValue, valueOptions } from '../read-value.ts'

const set = command({
  name: 'secrets set',
  summary: 'Set a secret of an environment; nobody reads it again',
  description:
    'The value comes from standard input or a hidden prompt. With --value it stands in the history of the shell, and other users of the machine may see it.',
  arguments: { name: { description: 'Capital letters, digits and underscores: STRIPE_KEY' } },
  options: { ...environmentOptions, ...valueOptions },
  examples: ['cloudbox secrets set STRIPE_KEY --project shop --env dev < stripe-key.txt'],
  async run(setting, { arguments: { name }, options }) {
    const { project, env } = environmentOf(setting, options)
    const value = await readValue(setting.terminal, { name, isHidden: true }, options)
    await setting.api.put(at`/projects/${project}/environments/${env}/secrets/${name}`, { value })
    return { json: { project, environment: env, name }, text: `Set the secret ${name} of ${project}/${env}.` }
  },
})

export const secretCommands = [set]
