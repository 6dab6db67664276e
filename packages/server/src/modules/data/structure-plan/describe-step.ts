import type { FieldDefinition } from '@cloudbox/protocol/collection'
import type { Transform } from '@cloudbox/protocol/schema'
import { sqlTypeOf } from '../collections/field-types.ts'
import type { StructureAction, StructureStep } from './structure-step.ts'

type Changed = Pick<
  Extract<StructureAction, { kind: 'change-field' }>,
  'before' | 'after' | 'using' | 'isRestored'
>

/** A step with what people and programs have to know before they agree to it. */
export function describeStep(action: StructureAction): StructureStep {
  return { ...action, sentence: sentenceOf(action), isDestructive: isDestructive(action) }
}

/** Stored values of the field do not stay what they are. */
export function changesValues({ before, after, using, isRestored }: Changed): boolean {
  if (using !== undefined || isRestored) return true
  if (before.computed !== undefined) return false
  return after.computed !== undefined || sqlTypeOf(before) !== sqlTypeOf(after)
}

function isDestructive(action: StructureAction): boolean {
  switch (action.kind) {
    case 'drop-collection':
      return true
    case 'drop-field':
      return action.before.computed === undefined
    case 'change-field':
      return changesValues(action)
    default:
      return false
  }
}

function sentenceOf(action: StructureAction): string {
  const { collection } = action
  switch (action.kind) {
    case 'create-collection': {
      const fields = Object.keys(action.after.fields)
      return `Create collection ${collection} with ${fields.length === 0 ? 'no fields' : list(fields)}.`
    }
    case 'drop-collection':
      return `Drop collection ${collection}; its documents move to the trash.`
    case 'rename-collection':
      return `Rename collection ${action.before} to ${action.after}.`
    case 'rename-field':
      return `Rename field ${action.before} of ${collection} to ${action.after}.`
    case 'add-field':
      return `Add field ${action.field} (${shape(action.after)}) to ${collection}${action.isRestored ? '; its values come back from the trash' : ''}.`
    case 'drop-field':
      return action.before.computed === undefined
        ? `Drop field ${action.field} of ${collection}; its values move to the trash.`
        : `Drop computed field ${action.field} of ${collection}.`
    case 'change-field':
      return `Change field ${action.field} of ${collection}: ${fieldChange(action)}.`
    case 'order-fields':
      return `List the fields of ${collection} in the order ${action.after.join(', ')}.`
    case 'set-flexible':
      return action.after
        ? `Keep unknown fields in ${collection}.`
        : `Refuse unknown fields in ${collection}.`
    case 'add-index':
      return `Create ${action.after.unique ? 'unique ' : ''}index ${action.index} of ${collection}.`
    case 'drop-index':
      return `Drop index ${action.index} of ${collection}.`
    case 'change-policy': {
      const what = `${action.operation} of ${collection}`
      if (action.after === null) return `Close ${what} to all but the secret key.`
      return action.before === null ? `Let a policy decide about ${what}.` : `Change the policy for ${what}.`
    }
  }
}

function fieldChange(change: Changed): string {
  const { before, after, using, isRestored } = change
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof FieldDefinition)[]
  const said = keys
    .filter(key => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map(key => `${key} ${show(before[key])} becomes ${show(after[key])}`)
  if (using !== undefined) said.push(`its values become ${transformText(using)}`)
  if (isRestored) return `${list([...said, 'its values come back from the trash'])}`
  return changesValues(change) ? `${list(said)}; its old values move to the trash` : list(said)
}

function transformText(using: Transform): string {
  if ('client' in using) return 'what a function makes of them'
  return 'cel' in using ? using.cel : using.sql
}

function show(value: unknown): string {
  return value === undefined ? 'unset' : typeof value === 'string' ? value : JSON.stringify(value)
}

function shape({ type, list: isList, to, required, computed }: FieldDefinition): string {
  const kind = type === 'relation' ? `relation to ${to}` : isList ? `list of ${type}` : type
  return [computed === undefined ? '' : 'computed ', required ? 'required ' : '', kind].join('')
}

function list(parts: readonly string[]): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}
