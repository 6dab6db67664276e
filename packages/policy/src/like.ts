const ANY = -1
const ONE = -2
type Step = number

/**
 * SQL's LIKE and ILIKE: `%` is any text, `_` one code point, `\` takes the next code point as it is; the whole text
 * has to match. Never slower than the product of the two lengths, whatever the pattern.
 */
export function compileLike(pattern: string, ignoreCase: boolean): (text: string) => boolean {
  const fold = ignoreCase ? lowerSimple : (text: string) => text
  const steps = readPattern(fold(pattern))
  return text => matchSteps(steps, fold(text))
}

/** Why the text is no pattern, or undefined when it is one. */
export function refuseLike(pattern: string): string | undefined {
  return /(?<!\\)(?:\\\\)*\\$/.test(pattern) ? "a pattern cannot end in '\\'" : undefined
}

/**
 * Lower case code point by code point, as Postgres' locale C.UTF-8 has it: a letter whose lower case is more than
 * one code point has none, but for `İ`, which Unicode's simple mapping makes an `i`.
 */
export function lowerSimple(text: string): string {
  // Texts of ASCII are the most, and the same either way.
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase()
  let lower = ''
  for (const letter of text) {
    const mapped = letter === 'İ' ? 'i' : letter.toLowerCase()
    lower += mapped.length > 1 && [...mapped].length > 1 ? letter : mapped
  }
  return lower
}

function readPattern(pattern: string): Step[] {
  const steps: Step[] = []
  let isEscaped = false
  for (const letter of pattern) {
    if (!isEscaped && letter === '\\') {
      isEscaped = true
      continue
    }
    if (!isEscaped && letter === '%') {
      if (steps.at(-1) !== ANY) steps.push(ANY)
    } else steps.push(!isEscaped && letter === '_' ? ONE : (letter.codePointAt(0) as number))
    isEscaped = false
  }
  return steps
}

/** Walks both, and goes back to the last `%` when stuck: an earlier one can never do better. */
function matchSteps(steps: readonly Step[], text: string): boolean {
  let at = 0
  let step = 0
  let anyStep = -1
  let anyAt = 0
  while (at < text.length) {
    const point = text.codePointAt(at) as number
    const wanted = steps[step]
    if (wanted === ANY) {
      anyStep = step++
      anyAt = at
    } else if (wanted === ONE || wanted === point) {
      at += point > 0xffff ? 2 : 1
      step++
    } else if (anyStep >= 0) {
      anyAt += (text.codePointAt(anyAt) as number) > 0xffff ? 2 : 1
      at = anyAt
      step = anyStep + 1
    } else return false
  }
  while (steps[step] === ANY) step++
  return step === steps.length
}
