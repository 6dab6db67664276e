import type { ClientConnection, ConnectionStatus } from '@cloudbox/client'

/** Says in a pill whether changes arrive. */
export function showConnection(connection: ClientConnection, pill: HTMLElement): void {
  let wasOnline = false
  const show = (status: ConnectionStatus) => {
    wasOnline ||= status === 'online'
    const state = status === 'online' ? 'live' : navigator.onLine ? 'waiting' : 'offline'
    const waiting = wasOnline ? 'Reconnecting…' : 'Connecting…'
    pill.dataset.state = state
    // Nothing is subscribed, so there is nothing to say.
    pill.hidden = status === 'idle'
    pill.textContent = { live: 'Live', waiting, offline: 'Offline' }[state]
  }
  connection.onChange(show)
  addEventListener('offline', () => show(connection.status))
  addEventListener('online', () => show(connection.status))
  show(connection.status)
}
