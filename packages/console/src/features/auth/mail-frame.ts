interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createHTML(html: string): string },
  ): { createHTML(html: string): string }
}

/** Only ever used for frames in which no script runs and which belong to no origin. */
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('mail', {
  createHTML: html => html,
})

/** A mail as the content of a sandboxed frame, in the colours that are asked for instead of those of the computer. */
export function mailDocument(html: string, scheme: 'light' | 'dark'): string {
  const dressed = inScheme(html, scheme)
  // Not before the doctype of a whole document: that would change how it is laid out.
  const place = /<head[^>]*>/i.test(dressed) ? /<head[^>]*>/i : /^/
  const whole = dressed.replace(place, head => `${head}<base target="_blank">`)
  return policy === undefined ? whole : policy.createHTML(whole)
}

/** Answers the questions of its styles for the colours of the computer. */
export function inScheme(html: string, scheme: 'light' | 'dark'): string {
  return html.replaceAll(/\(\s*prefers-color-scheme:\s*(dark|light)\s*\)/g, (_, asked) =>
    asked === scheme ? '(min-width: 0)' : '(max-width: 0)',
  )
}
