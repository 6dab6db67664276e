import { command } from '../command.ts'
import { servicePaths, unitText } from '../service/unit-text.ts'

export const serviceCommands = [
  command({
    name: 'service print',
    summary: 'Print a systemd unit that runs CloudBox on this machine',
    description:
      `For the user "cloudbox", with its data in ${servicePaths.data} and its settings in ${servicePaths.ownSettings}: ` +
      'one variable a line, CLOUDBOX_DOMAIN=api.example.com. "cloudbox deploy" brings the same to another machine by itself.',
    options: {
      program: {
        type: 'string',
        value: 'PATH',
        description: `The command to run; else ${servicePaths.program}`,
      },
    },
    examples: ['cloudbox service print', 'cloudbox service print --program /usr/bin/cloudbox'],
    run: async (_setting, { options: { program = servicePaths.program } }) => {
      const text = unitText({ program })
      return { json: { unit: text, path: servicePaths.unit }, text: text.trimEnd() }
    },
  }),
]
