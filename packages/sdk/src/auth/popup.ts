import { systemClock } from './clock.ts'
import type { Channel, PopupOutcome } from './channel.ts'

const size = { width: 480, height: 680 }
const pollMs = 500
/** A window on its way back is closed before its message is read. */
const patiencePolls = 4

/** Opens an empty window over the middle of this one; it has to happen while a click is being handled. */
export function openPopup(): Window | null {
  const left = screenX + Math.max(0, (outerWidth - size.width) / 2)
  const top = screenY + Math.max(0, (outerHeight - size.height) / 2)
  return open('', 'cloudbox-auth', `popup,width=${size.width},height=${size.height},left=${left},top=${top}`)
}

/**
 * Waits until the window says what came of it. A provider may cut the tie between the windows, and then it looks closed
 * although it is not: so it counts as closed only once the user is back here.
 *
 * @returns undefined when it was closed
 */
export function popupOutcome(popup: Window, channel: Channel): Promise<PopupOutcome | undefined> {
  return new Promise(resolve => {
    const end = (outcome: PopupOutcome | undefined) => {
      stop()
      callOff()
      resolve(outcome)
    }
    const stop = channel.listen(message => {
      if ('popup' in message) end(message.popup)
    })
    let polls = 0
    let callOff = () => {}
    const poll = () => {
      polls = popup.closed && document.hasFocus() ? polls + 1 : 0
      if (polls > patiencePolls) end(undefined)
      else callOff = systemClock.schedule(pollMs, poll)
    }
    poll()
  })
}
