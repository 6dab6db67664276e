/**
 * The language a mail is written in: the first that is wanted and there, looked up as RFC 4647 says (`de-AT` is content
 * with `de`).
 *
 * @param wanted tags (`de-AT`) or whole `Accept-Language` headers, the most important first
 * @param available lower case
 */
export function pickLanguage(wanted: readonly string[], available: ReadonlySet<string>): string | undefined {
  for (const range of wanted.flatMap(rangesOf)) {
    for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
      if (available.has(tag)) return tag
    }
  }
  return undefined
}

/** The ranges of an `Accept-Language` header, the most wanted first; whatever cannot be read is left out. */
function rangesOf(header: string): string[] {
  return header
    .slice(0, 500)
    .toLowerCase()
    .split(',')
    .map(entry => {
      const [tag = '', ...parameters] = entry.split(';').map(part => part.trim())
      const weight = parameters.find(parameter => parameter.startsWith('q='))?.slice(2)
      return { tag: tag.replaceAll('_', '-'), weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ tag, weight }) => isLanguage(tag) && weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ tag }) => tag)
}

/** Whether it is a language tag in the form they are kept in, one that `Intl` understands. */
export function isLanguage(tag: string): boolean {
  if (!/^[a-z]{2,8}(-[a-z0-9]{1,8}){0,3}$/.test(tag)) return false
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
