import Bowser from 'bowser'

/** What a `User-Agent` says, for people: `Firefox 128`, `macOS`. Null where it says nothing known. */
export function deviceName(userAgent: string | null): { browser: string | null; system: string | null } {
  if (userAgent === null || userAgent === '') return { browser: null, system: null }
  const { browser, os } = Bowser.parse(userAgent)
  const major = browser.version?.split('.')[0]
  return {
    // A parser that knows nothing says an empty name.
    browser: [browser.name, major].filter(Boolean).join(' ') || null,
    system: os.name || null,
  }
}
