/** Patterns such as `users.*` and `*.read` besides the permissions themselves, each with what it lets do. */
export function offeredPatterns(
  permissions: Readonly<Record<string, string>>,
): readonly { readonly pattern: string; readonly about: string }[] {
  const names = Object.keys(permissions)
  const nouns = [...new Set(names.map(name => name.split('.')[0]!))]
  return [
    { pattern: '*', about: 'Everything' },
    { pattern: '*.read', about: 'See everything' },
    ...nouns.flatMap(noun => {
      const own = names.filter(name => name.startsWith(`${noun}.`))
      const each = own.map(name => ({ pattern: name, about: permissions[name]! }))
      return own.length < 2 ? each : [{ pattern: `${noun}.*`, about: `All with ${noun}` }, ...each]
    }),
  ]
}

/** Words of a text field: separated by blanks, commas or lines. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(word => word !== '')
}
