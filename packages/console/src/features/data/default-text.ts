import type { Column } from './columns.ts'

/** What a field becomes where nothing is given, in words. */
export function defaultText({ definition, isRequired, type, list }: Column): string | undefined {
  const { default: value } = definition
  if (value === undefined) return isRequired ? `Needed: a ${list ? 'list of ' : ''}${type}.` : undefined
  const cel = typeof value === 'object' && value !== null ? (value as { cel?: unknown }).cel : undefined
  return `Unless given: ${typeof cel === 'string' ? cel : JSON.stringify(value)}`
}
