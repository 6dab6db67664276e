/** Longest text that is kept. */
const mostCharacters = 4000
/**
 * Texts in quotes, as Postgres reads them: with escapes (E'…'), plain ('…'), between dollars ($tag$…$tag$); and quoted names
 * and comments, in which a quote is none.
 */
const quoted =
  /(?<escaped>\b[eE]'(?:[^'\\]|\\.|'')*')|(?<plain>'(?:[^']|'')*')|(?<dollar>\$(?:[A-Za-z_]\w*)?\$)|(?<name>"(?:[^"]|"")*")|(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)/g
/** What our own statements say literally: names of fields, formats, settings. */
const harmless = /^'[\w$#:-]*'$/
const digits = /\d{3}/

export interface MaskedSql {
  readonly text: string
  /** It is as it was, and something Postgres can plan: asking for its plan does nothing. */
  readonly isPlannable: boolean
}

/**
 * A statement as it may be kept. Values of requests are never in the texts of the platform's statements, they are bound;
 * what is quoted all the same (structure, SQL of migrations) is replaced by `'…'` unless it is a plain word.
 */
export function maskSql(text: string): MaskedSql {
  let isWhole = text.length <= mostCharacters
  let masked = ''
  let from = 0
  quoted.lastIndex = 0
  for (let found = quoted.exec(text); found !== null; found = quoted.exec(text)) {
    const { escaped, plain, dollar, comment } = found.groups!
    if (comment !== undefined) {
      masked += text.slice(from, found.index)
      from = quoted.lastIndex
    } else if (dollar !== undefined) {
      const end = text.indexOf(dollar, quoted.lastIndex)
      masked += `${text.slice(from, found.index)}'…'`
      from = quoted.lastIndex = end === -1 ? text.length : end + dollar.length
      isWhole = false
    } else if (escaped !== undefined || (plain !== undefined && !isHarmless(plain))) {
      masked += `${text.slice(from, found.index)}'…'`
      from = quoted.lastIndex
      isWhole = false
    }
  }
  masked += text.slice(from)
  const short = masked.replaceAll(/\s+/g, ' ').trim().slice(0, mostCharacters)
  return { text: short, isPlannable: isWhole && isOne(short) }
}

function isHarmless(text: string): boolean {
  return harmless.test(text) && !digits.test(text)
}

function isOne(text: string): boolean {
  return /^(?:with|select|insert|update|delete|merge)\b/i.test(text) && !text.includes(';')
}
