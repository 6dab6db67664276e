/** A mistake in the text of an SQL expression: UTF-16 offsets, `end` exclusive. */
export interface TextMistake {
  readonly start: number
  readonly end: number
  readonly message: string
}

const opening = '(['
const closing = ')]'

/**
 * Finds what would let a text be more than one expression once it stands between parentheses: a parenthesis that closes
 * ours, a comment, a second statement. Pure; what the expression means is for Postgres to say.
 */
export function strayInSql(text: string): TextMistake | undefined {
  const open: { sign: string; at: number }[] = []
  const mistake = (start: number, end: number, message: string): TextMistake => ({ start, end, message })
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!
    const two = text.slice(at, at + 2)
    if (sign === "'" || sign === '"') {
      // E'…', U&'…' and their kin have other rules for where they end.
      if (at > 0 && /[\w&$]/.test(text[at - 1]!))
        return mistake(
          at - 1,
          at + 1,
          'strings and names with a letter in front of their quotes are not read',
        )
      const end = endOfQuoted(text, at)
      if (end === undefined)
        return mistake(at, text.length, `what begins here has no end: ${sign} is missing`)
      at = end
    } else if (two === '--' || two === '/*') {
      return mistake(at, at + 2, 'comments are not read here')
    } else if (sign === ';') {
      return mistake(at, at + 1, 'it has to be one expression')
    } else if (sign === '$' || sign === '\\' || sign === '\0') {
      return mistake(at, at + 1, `${JSON.stringify(sign)} can only stand between quotes`)
    } else if (opening.includes(sign)) {
      open.push({ sign, at })
    } else if (closing.includes(sign)) {
      const before = open.pop()
      if (before === undefined || opening.indexOf(before.sign) !== closing.indexOf(sign))
        return mistake(at, at + 1, `${sign} closes nothing`)
    }
  }
  const left = open.pop()
  if (left !== undefined) return mistake(left.at, left.at + 1, `${left.sign} is never closed`)
  return text.trim() === '' ? mistake(0, text.length, 'an expression is needed') : undefined
}

/** Where a quoted part ends; a doubled quote stands for itself. */
function endOfQuoted(text: string, start: number): number | undefined {
  const quote = text[start]!
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== quote) continue
    if (text[at + 1] !== quote) return at
    at++
  }
  return undefined
}
