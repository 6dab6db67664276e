import { randomBytes } from 'node:crypto'
import type { Reply } from '../../../kernel/route.ts'
import type { Flow } from '../flows/flow.ts'

interface Words {
  readonly lead: string
  readonly button: string
  readonly working: string
  readonly done: string
  readonly failed: string
}

const words: Readonly<Record<'en' | 'de', Words>> = {
  en: {
    lead: 'One more click, so that we know it is you and not a program that reads your mail.',
    button: 'Continue',
    working: 'One moment…',
    done: 'Done. You can close this page and go back to the app.',
    failed: 'This link was used before or is too old. Ask for a new one in the app.',
  },
  de: {
    lead: 'Noch ein Klick, damit wir wissen, dass du es bist und kein Programm, das deine Post liest.',
    button: 'Weiter',
    working: 'Einen Moment…',
    done: 'Fertig. Du kannst diese Seite schließen und zur App zurückkehren.',
    failed: 'Dieser Link wurde schon benutzt oder ist zu alt. Fordere in der App einen neuen an.',
  },
}

/** The page behind every mailed link. Opening it does nothing; its button does. */
export function confirmPage({ accounts, visitor }: Flow): Reply {
  const language = (visitor.languages ?? accounts.settings.mailLanguage).startsWith('de') ? 'de' : 'en'
  const nonce = randomBytes(16).toString('base64')
  const name = accounts.settings.appName || accounts.environment.project
  return {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'`,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: page(language, escape(name), nonce),
  }
}

function page(language: 'en' | 'de', name: string, nonce: string): string {
  const { lead, button, working, done, failed } = words[language]
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${name}</title>
<style nonce="${nonce}">
  :root { --ink: #17181c; --soft: #5b606b; --paper: #fff; --ground: #f3f4f6; --line: #e3e5ea; --key: #2f5bea }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #eceef2; --soft: #a2a8b4; --paper: #1b1d22; --ground: #101114; --line: #2c2f36; --key: #5b82ff }
  }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground);
    color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
  main { width: min(26rem, 100%); padding: 2.5rem 2rem; background: var(--paper); border: 1px solid var(--line);
    border-radius: 1rem; text-align: center }
  h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.25; overflow-wrap: anywhere }
  p { margin: 0 0 1.75rem; color: var(--soft); text-wrap: pretty }
  p:last-child { margin: 0 }
  button { width: 100%; padding: .75rem 1rem; border: 0; border-radius: .625rem; background: var(--key); color: #fff;
    font: inherit; font-weight: 600; cursor: pointer }
  button:hover { filter: brightness(1.08) }
  button:focus-visible { outline: 3px solid color-mix(in srgb, var(--key) 45%, transparent); outline-offset: 2px }
  button[disabled] { opacity: .65; cursor: progress }
</style>
<main>
  <h1>${name}</h1>
  <p role="status">${lead}</p>
  <button type="button">${button}</button>
</main>
<script nonce="${nonce}">
  const button = document.querySelector('button'), status = document.querySelector('p')
  const token = new URLSearchParams(location.search).get('token') ?? ''
  button.addEventListener('click', async () => {
    button.disabled = true
    button.textContent = ${script(working)}
    try {
      const answer = await fetch(location.pathname, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }),
      })
      const { redirectTo } = await answer.json()
      if (answer.ok && redirectTo) return location.replace(redirectTo)
      status.textContent = answer.ok ? ${script(done)} : ${script(failed)}
      button.remove()
    } catch {
      button.disabled = false
      button.textContent = ${script(button)}
    }
  })
</script>
</html>
`
}

/** Text as a literal of a script inside a page. */
function script(text: string): string {
  return JSON.stringify(text).replaceAll('<', '\\u003c')
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
}
