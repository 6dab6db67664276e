import type { MigrationOperation, Transform } from '@cloudbox/protocol/schema'

/** The file of a migration that does what was planned; transforms are told apart, for a plan knows none. */
export function migrationText(
  parents: readonly string[],
  operations: readonly MigrationOperation[],
  using: Readonly<Record<string, Transform>> = {},
): string {
  const whole = operations.map(operation => {
    if (operation.do !== 'change-field') return operation
    const transform = using[`${operation.collection}.${operation.field}`]
    return transform === undefined ? operation : { ...operation, using: transform }
  })
  return `import { migration } from '@cloudbox/client/schema'

export default migration({
  parents: ${code(parents)},
  operations: [
${whole.map(operation => `    ${code(operation)},\n`).join('')}  ],
})
`
}

/** `20261129212608_add_age_to_people.ts` */
export function migrationName(title: string, now: Date): string {
  const digits = now.toISOString().replaceAll(/\D/g, '').slice(0, 14)
  return `${digits}_${title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')}.ts`
}

function code(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll(/['\\]/g, '\\$&').replaceAll('\n', '\\n')}'`
  if (Array.isArray(value)) return `[${value.map(code).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(
    ([name, one]) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : code(name)}: ${code(one)}`,
  )
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}
