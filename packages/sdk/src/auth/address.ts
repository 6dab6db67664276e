/** What a redirect brought in the address of the page. */
export interface Arrival {
  readonly code: string | null
  readonly error: string | null
  readonly errorDescription: string | null
  /** The link was one to set a new password. */
  readonly isRecovery: boolean
}

const ours = ['code', 'error', 'error_description', 'type']

/** Reads the page's address; undefined where there is none, or nothing of a redirect in it. */
export function readArrival(): Arrival | undefined {
  if (typeof location !== 'object') return undefined
  const { searchParams } = new URL(location.href)
  const [code, error, errorDescription, type] = ours.map(name => searchParams.get(name))
  if (!code && !error) return undefined
  return {
    code: code ?? null,
    error: error ?? null,
    errorDescription: errorDescription ?? null,
    isRecovery: type === 'recovery',
  }
}

/** Takes it out of the address: a code works once, and belongs into no bookmark and no history. */
export function cleanAddress(): void {
  const url = new URL(location.href)
  for (const name of ours) url.searchParams.delete(name)
  history.replaceState(history.state, '', url)
}
