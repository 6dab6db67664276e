import type { FieldDefinition } from '../collection.ts'
import type { Cell } from './csv-row.ts'

const yes = new Set(['true', 't', 'yes', 'y', '1'])
const no = new Set(['false', 'f', 'no', 'n', '0'])

/**
 * What a text means as the value of a field; undefined: there is none. What makes no sense stays as it is, so that the
 * server says what it expected.
 *
 * @param field undefined: an unknown one of a flexible collection
 */
export function toValue({ text, isQuoted }: Cell, field: FieldDefinition | undefined): unknown {
  if (text === '') return isQuoted ? '' : undefined
  if (field === undefined) return isQuoted ? text : guess(text)
  if (field.list === true || field.type === 'json' || field.type === 'geopoint') return parsed(text)
  switch (field.type) {
    case 'integer':
    case 'number':
      return asNumber(text)
    case 'boolean': {
      const word = text.trim().toLowerCase()
      return yes.has(word) ? true : no.has(word) ? false : text
    }
    default:
      return text
  }
}

function guess(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text)) return Number(text)
  return /^[[{]/.test(text) ? parsed(text) : text
}

function asNumber(text: string): unknown {
  const number = Number(text)
  return text.trim() === '' || !Number.isFinite(number) ? text : number
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
