import type { Reply } from '../../../kernel/route.ts'

export interface Notice {
  readonly status: number
  readonly title: string
  readonly text: string
  readonly hint?: string | undefined
  /** Shown as they are, each under its name. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** A page that says one thing to a person, where no app can. It holds no script. */
export function noticePage({ status, title, text, hint, details = {} }: Notice): Reply {
  const more = Object.entries(details).map(
    ([name, value]) => `<h2>${escape(name)}</h2><pre>${escape(JSON.stringify(value, null, 2))}</pre>`,
  )
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escape(title)}</title>
<style>${style}</style>
<main>
  <h1>${escape(title)}</h1>
  <p>${escape(text)}</p>
  ${hint === undefined ? '' : `<p class="hint">${escape(hint)}</p>`}
  ${more.join('\n')}
</main>
</html>
`,
  }
}

const style = `
  :root { --ink: light-dark(#17181c, #eceef2); --soft: light-dark(#5b606b, #a2a8b4); --paper: light-dark(#fff, #1b1d22);
    --ground: light-dark(#f3f4f6, #101114); --line: light-dark(#e3e5ea, #2c2f36); color-scheme: light dark }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground);
    color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
  main { width: min(38rem, 100%); min-width: 0; padding: 2.25rem 2rem; background: var(--paper); border: 1px solid var(--line);
    border-radius: 1rem }
  h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.25; text-wrap: balance }
  h2 { margin: 1.75rem 0 .5rem; font-size: .875rem; color: var(--soft); font-weight: 600 }
  p { margin: 0; color: var(--soft); overflow-wrap: anywhere; text-wrap: pretty }
  .hint { margin-top: .75rem; color: var(--ink) }
  pre { margin: 0; padding: .875rem 1rem; overflow-x: auto; background: var(--ground); border: 1px solid var(--line);
    border-radius: .625rem; font: .8125rem/1.55 ui-monospace, Menlo, Consolas, monospace }
`

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
}
