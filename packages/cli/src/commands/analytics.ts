import type { PersonalKind, UsageAudit } from '@cloudbox/protocol/usage'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { organisationOf, organisationOptions } from '../places.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { harmless } from '../terminal/text.ts'

const kinds: Readonly<Record<PersonalKind, string>> = {
  email: 'addresses of mails',
  ipv4: 'network addresses (IPv4)',
  ipv6: 'network addresses (IPv6)',
}

const audit = command({
  name: 'analytics audit',
  summary: 'Check that nothing about anybody is stored in usage and monitoring',
  description:
    'The server looks for addresses of mails and of machines in every column of every row, also in JSON, in bytes, and encoded. Exits with 1 when it finds one.',
  options: organisationOptions,
  examples: ['cloudbox analytics audit', 'cloudbox analytics audit --json'],
  async run(setting, { options }) {
    const { paint } = setting.terminal
    const organisation = await organisationOf(setting, options)
    const json = await whileWaiting(setting.terminal, 'Reading everything that is stored', () =>
      setting.api.get<UsageAudit>(at`/organisations/${organisation}/usage/audit`),
    )
    const { isClean, tables, found } = json
    const looked = table(
      setting.terminal,
      ['TABLE', 'ROWS', 'COLUMNS'],
      tables.map(({ table: name, rows, columns }) => [
        name,
        rows.toLocaleString('en'),
        String(columns.length),
      ]),
    )
    const rows = tables.reduce((sum, one) => sum + one.rows, 0).toLocaleString('en')
    const verdict = isClean
      ? [`${paint('green', '✓')} No address of a mail or of a machine in ${rows} rows.`]
      : [
          `${paint('red', '✗')} There are addresses where none should be.`,
          ...found.map(
            one =>
              `  ${paint('yellow', `${one.table}.${one.column}`)} has ${kinds[one.kind]} in ${one.rows.toLocaleString('en')} ${one.rows === 1 ? 'row' : 'rows'}, such as ${harmless(one.sample)}`,
          ),
        ]
    return {
      json,
      text: [looked, '', ...verdict].join('\n'),
      exitCode: isClean ? 0 : 1,
      notes: isClean
        ? []
        : ['Names of collections, migrations and keys are kept as you chose them: look there first.'],
    }
  },
})

export const analyticsCommands = [audit]
