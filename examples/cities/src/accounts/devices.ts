import type { Auth } from '@cloudbox/client'
import { h } from '../dom.ts'
import { explain } from '../edit-form.ts'
import type { Account } from './account.ts'
import { dialog } from './dialog.ts'

type Device = NonNullable<Awaited<ReturnType<Auth['sessions']['list']>>['data']>[number]

/** Seen this lately, a device counts as in use: its sessions are noted once a minute at most. */
const nowMs = 120_000

/** Makes the dialog "Your devices": where the user is signed in, and how to end it. Gives the function that opens it. */
export function devicesDialog(account: Account): () => void {
  const { auth } = account
  const panel = dialog()
  const list = h('ul', { className: 'devices', role: 'list', 'aria-label': 'Devices' })
  const complaint = h('p', { className: 'complaint', role: 'alert' })
  const others = h('button', { type: 'button' }, 'Sign out everywhere else')

  const load = async () => {
    list.ariaBusy = 'true'
    const { data, error } = await auth.sessions.list()
    list.ariaBusy = 'false'
    complaint.textContent = error === null ? '' : explain(error)
    if (error !== null) return
    const latestFirst = data.toSorted((a, b) => b.lastSeenAt.localeCompare(a.lastSeenAt))
    const ordered = latestFirst.toSorted((a, b) => Number(b.current) - Number(a.current))
    list.replaceChildren(...ordered.map(row))
    others.hidden = data.length < 3
  }

  const row = (device: Device) => {
    const name = [device.browser ?? 'Unknown browser', device.system].filter(Boolean).join(' on ')
    const end = h('button', { type: 'button', 'aria-label': `Sign out ${name}` }, 'Sign out')
    const mark = device.current ? [h('span', { className: 'mark' }, 'This device')] : []
    const element = h(
      'li',
      { className: 'device' },
      h(
        'div',
        { className: 'what' },
        h('strong', {}, name, ...mark),
        h('span', { className: 'detail' }, detailOf(device)),
      ),
      end,
    )
    end.addEventListener('click', () => act(end, () => endDevice(device)))
    return element
  }

  const endDevice = async ({ id, current }: Device) => {
    if (current) return account.leave()
    const { error } = await auth.sessions.revoke(id)
    // It may have ended by itself meanwhile: then it is gone, as was wanted.
    if (error !== null && error.code !== 'auth/session-not-found') throw error
  }

  const act = async (button: HTMLButtonElement, work: () => Promise<void>) => {
    button.disabled = true
    try {
      await work()
      if (account.user) await load()
    } catch (error) {
      complaint.textContent = explain(error as Parameters<typeof explain>[0])
    }
    button.disabled = false
  }

  others.addEventListener('click', () =>
    act(others, async () => {
      const { error } = await auth.signOut({ scope: 'others' })
      if (error !== null) throw error
    }),
  )
  account.onChange(() => {
    if (!account.user) panel.close()
  })

  return () => {
    others.hidden = true
    list.replaceChildren()
    const intro = h('p', { className: 'soft' }, 'Signing a device out ends its live lists at once.')
    panel.show('Your devices', intro, list, complaint, h('p', { className: 'ending' }, others))
    void load()
  }
}

function detailOf({ lastSeenAt, createdAt, place, ip }: Device): string {
  const ageMs = Date.now() - Date.parse(lastSeenAt)
  const seen = ageMs < nowMs ? 'Active now' : `Last seen ${ago(ageMs)}`
  const since = new Date(createdAt).toLocaleDateString('en', { day: 'numeric', month: 'long' })
  return [seen, `since ${since}`, place ?? ip].filter(Boolean).join(' · ')
}

function ago(ageMs: number): string {
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  const minutes = Math.round(ageMs / 60_000)
  if (minutes < 60) return words.format(-minutes, 'minute')
  const hours = Math.round(minutes / 60)
  return hours < 24 ? words.format(-hours, 'hour') : words.format(-Math.round(hours / 24), 'day')
}
