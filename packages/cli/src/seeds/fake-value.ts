import type { FieldDefinition } from '@cloudbox/protocol/collection'
import type { Random } from './random.ts'
import { cities, companies, countries, firstNames, lastNames, words } from './words.ts'

const dayMs = 86_400_000
/** Made-up times lie in the two years before this one, so that they are the same in every run. */
const newestMs = Date.parse('2026-01-01T00:00:00Z')

/** Which of how many a value is made for: unique ones carry it. */
export interface FakeOptions {
  readonly random: Random
  readonly index: number
}

/**
 * A value that fits a field: its type, its name and its bounds.
 * @returns undefined where there is none to make up: a relation, a file
 * @throws RangeError for what cannot be made up, such as a pattern
 */
export function fakeValue(name: string, field: FieldDefinition, options: FakeOptions): unknown {
  const { random } = options
  if (field.list === true) {
    const most = Math.max(field.min ?? 0, Math.min(field.max ?? 3, 3))
    const one = { ...field, list: false, min: undefined, max: undefined } as unknown as FieldDefinition
    const values = Array.from({ length: random.between(field.min ?? 1, most) }, () =>
      fakeValue(name, one, options),
    )
    return [...new Set(values)]
  }
  return single(name, field, options)
}

function single(name: string, field: FieldDefinition, { random, index }: FakeOptions): unknown {
  const { type, min, max, unique = false } = field
  switch (type) {
    case 'boolean':
      return random.next() < 0.5
    case 'integer':
      return unique
        ? (min ?? 1) + index
        : random.between(Math.ceil(min ?? 0), Math.floor(max ?? lowest(name, min)))
    case 'number':
    case 'decimal': {
      const number = ((min ?? 0) + random.next() * ((max ?? lowest(name, min)) - (min ?? 0))).toFixed(2)
      return type === 'decimal' ? number : Number(number)
    }
    case 'timestamp':
      return new Date(newestMs - random.between(0, 730 * dayMs)).toISOString()
    case 'date':
      return new Date(newestMs - random.between(0, 730) * dayMs).toISOString().slice(0, 10)
    case 'uuid':
      return hex(random, [8, 4, 4, 4, 12])
        .replace(/^(.{14})./, '$18')
        .replace(/^(.{19})./, '$1a')
    case 'email':
      return `${plain(random.pick(firstNames))}.${plain(random.pick(lastNames))}${unique ? index + 1 : ''}@example.com`
    case 'url':
      return `https://example.com/${random.pick(words)}${unique ? `-${index + 1}` : ''}`
    case 'select':
      return random.pick(field.options ?? [])
    case 'geopoint':
      return { lng: random.between(-17_000, 17_000) / 100, lat: random.between(-6000, 7000) / 100 }
    case 'json':
      return { [random.pick(words)]: random.pick(words) }
    case 'text':
      return fakeText(name, field, random, index)
    default:
      return undefined
  }
}

function lowest(name: string, min = 0): number {
  return (
    min +
    (/age$/i.test(name) ? 90 : /year/i.test(name) ? 2026 : /price|amount|total|cost/i.test(name) ? 500 : 100)
  )
}

const named: readonly (readonly [RegExp, (random: Random) => string])[] = [
  [/^first_?name$|^given_?name$/i, random => random.pick(firstNames)],
  [/^(last|family|sur)_?name$/i, random => random.pick(lastNames)],
  [/compan|organi[sz]ation|^org$|brand/i, random => `${random.pick(companies)} ${random.pick(companies)}`],
  [/name|author|contact|person/i, random => `${random.pick(firstNames)} ${random.pick(lastNames)}`],
  [/city|town|place|location/i, random => random.pick(cities)],
  [/country|nation/i, random => random.pick(countries)],
  [/street|address/i, random => `${capital(random.pick(words))} Street ${random.between(1, 200)}`],
  [/phone|mobile/i, random => `+1555${random.between(1_000_000, 9_999_999)}`],
  [/zip|postal|postcode/i, random => String(random.between(10_000, 99_999))],
  [/colou?r/i, random => `#${random.between(0x10_00_00, 0xff_ff_ff).toString(16)}`],
  [/slug|handle|username|^key$|^code$|sku/i, random => `${random.pick(words)}-${random.pick(words)}`],
  [/title|subject|headline|label/i, random => capital(phrase(random, 2, 5))],
  [/body|content|description|text|comment|note|bio|about|message|summary/i, paragraph],
]

function fakeText(
  name: string,
  { min = 0, max, unique, pattern }: FieldDefinition,
  random: Random,
  index: number,
): string {
  if (pattern !== undefined)
    throw new RangeError(`no text can be made up for the pattern ${pattern}: give ${name} yourself`)
  const make = named.find(([like]) => like.test(name))?.[1] ?? ((one: Random) => phrase(one, 1, 3))
  let text = make(random)
  while (text.length < min) text += ` ${random.pick(words)}`
  if (unique === true) text += `${/[- ]/.test(text) && !text.includes(' ') ? '-' : ' '}${index + 1}`
  if (max === undefined || text.length <= max) return text
  const end = unique === true ? String(index + 1) : ''
  return text.slice(0, Math.max(0, max - end.length)).trimEnd() + end
}

function phrase(random: Random, least: number, most: number): string {
  return Array.from({ length: random.between(least, most) }, () => random.pick(words)).join(' ')
}

function paragraph(random: Random): string {
  return Array.from({ length: random.between(1, 3) }, () => `${capital(phrase(random, 4, 9))}.`).join(' ')
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[^a-z]/gi, '')
    .toLowerCase()
}

function hex(random: Random, lengths: readonly number[]): string {
  return lengths
    .map(length => Array.from({ length }, () => random.between(0, 15).toString(16)).join(''))
    .join('-')
}
