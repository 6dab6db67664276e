import { systemClock } from './clock.ts'
import type { AuthStorage } from './storage.ts'

/** How the window of a provider ended; null: signed in. */
export type PopupOutcome = { readonly code: string; readonly detail: string } | null

const size = { width: 480, height: 680 }
/** How long somebody may take at the provider. */
const lifeMs = 600_000
const pollMs = 250
/** A window on its way back may be closed before what it has stored is read. */
const patiencePolls = 8
/** Other tabs have to hear of the session first: what is said just before a window closes gets lost. */
const farewellMs = 200

const entryOf = (key: string): string => `${key}~popup`

/** Opens an empty window over the middle of this one; it has to happen while a click is being handled. */
export function openPopup(): Window | null {
  const left = screenX + Math.max(0, (outerWidth - size.width) / 2)
  const top = screenY + Math.max(0, (outerHeight - size.height) / 2)
  return open('', 'cloudbox-auth', `popup,width=${size.width},height=${size.height},left=${left},top=${top}`)
}

/**
 * Sends the window to the provider and waits until it has stored what came of it. A provider may cut the tie between the
 * windows, and then it looks closed although it is not: so it counts as closed only once the user is back here.
 *
 * @returns undefined when it was closed
 */
export async function popupOutcome(
  popup: Window,
  url: string,
  storage: AuthStorage,
  key: string,
): Promise<PopupOutcome | undefined> {
  const entry = entryOf(key)
  const waiting = String(Date.now() + lifeMs)
  await storage.set(entry, waiting)
  popup.location.replace(url)
  let outcome: PopupOutcome | undefined
  for (let polls = 0; polls <= patiencePolls; polls = popup.closed && document.hasFocus() ? polls + 1 : 0) {
    await systemClock.sleep(pollMs)
    const stored = await storage.get(entry)
    // Another window of a later click waits now.
    if (stored === null || (stored !== waiting && !stored.startsWith('{'))) return undefined
    if (stored === waiting) continue
    outcome = (JSON.parse(stored) as { outcome: PopupOutcome }).outcome
    break
  }
  await storage.remove(entry)
  return outcome
}

/** In the window that came back: leaves what came of it, and goes. Does nothing in any other window. */
export async function leavePopup(outcome: PopupOutcome, storage: AuthStorage, key: string): Promise<void> {
  const entry = entryOf(key)
  if (!(Number(await storage.get(entry)) > Date.now())) return
  await storage.set(entry, JSON.stringify({ outcome }))
  systemClock.schedule(farewellMs, () => close())
}
