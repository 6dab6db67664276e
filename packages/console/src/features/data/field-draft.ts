import type { FieldDefinition, FieldType } from '@cloudbox/protocol/collection'
import { parseCell } from './cell-value.ts'

/** A field while somebody describes it. */
export interface FieldDraft {
  name: string
  type: FieldType
  isList: boolean
  isRequired: boolean
  isUnique: boolean
  /** A value, or `=` and an expression over the caller: `=auth.uid`. */
  defaultText: string
  /** One a line, or by comma. */
  optionsText: string
  to: string
  onDelete: 'restrict' | 'cascade' | 'setNull'
  min: string
  max: string
  computed: string
  /** What the form does not show stays as it was. */
  readonly base: FieldDefinition | undefined
}

const isOnlyOne = new Set<FieldType>(['json', 'relation', 'file', 'geopoint'])
const hasBounds = new Set<FieldType>(['text', 'email', 'url', 'integer', 'number', 'decimal'])

export const mayBeList = (type: FieldType): boolean => !isOnlyOne.has(type)
export const mayHaveBounds = ({ type, isList }: Pick<FieldDraft, 'type' | 'isList'>): boolean =>
  (isList && mayBeList(type)) || hasBounds.has(type)

export function draftOf(name = '', base?: FieldDefinition): FieldDraft {
  const { default: value } = base ?? {}
  const cel = typeof value === 'object' && value !== null ? (value as { cel?: unknown }).cel : undefined
  return {
    name,
    type: base?.type ?? 'text',
    isList: base?.list === true,
    isRequired: base?.required === true,
    isUnique: base?.unique === true,
    defaultText:
      typeof cel === 'string'
        ? `=${cel}`
        : value === undefined
          ? ''
          : typeof value === 'string'
            ? value
            : JSON.stringify(value),
    optionsText: base?.options?.join('\n') ?? '',
    to: base?.to ?? '',
    onDelete: base?.onDelete ?? 'restrict',
    min: base?.min === undefined ? '' : String(base.min),
    max: base?.max === undefined ? '' : String(base.max),
    computed: base?.computed ?? '',
    base,
  }
}

/** The definition a draft makes; what is wrong with it the server says, for it knows the other collections. */
export function definitionOf(draft: FieldDraft): FieldDefinition {
  const { type } = draft
  const list = draft.isList && mayBeList(type)
  const { pattern, pii } = draft.base ?? {}
  const options = optionsOf(draft.optionsText)
  const number = (text: string) => (text.trim() === '' ? undefined : Number(text))
  const bounded = mayHaveBounds(draft)
  const all: Record<string, unknown> = {
    type,
    list: list || undefined,
    required: draft.isRequired || undefined,
    unique: draft.isUnique || undefined,
    default: defaultOf(draft),
    min: bounded ? number(draft.min) : undefined,
    max: bounded ? number(draft.max) : undefined,
    pattern: type === draft.base?.type ? pattern : undefined,
    pii: type === draft.base?.type ? pii : undefined,
    options: type === 'select' && options.length > 0 ? options : undefined,
    to: type === 'relation' && draft.to !== '' ? draft.to : undefined,
    onDelete: type === 'relation' && draft.onDelete !== 'restrict' ? draft.onDelete : undefined,
    computed: draft.computed.trim() === '' ? undefined : draft.computed.trim(),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as FieldDefinition
}

function optionsOf(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map(one => one.trim()))].filter(one => one !== '')
}

function defaultOf({ defaultText, type, isList, computed }: FieldDraft): unknown {
  const text = defaultText.trim()
  if (text === '' || computed.trim() !== '') return undefined
  if (text.startsWith('=')) return { cel: text.slice(1).trim() }
  const parsed = parseCell(text, { type, list: isList && mayBeList(type) })
  // What cannot be read goes as it is: the server says what it expected.
  return 'value' in parsed ? parsed.value : text
}
