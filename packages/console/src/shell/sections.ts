import type { Permission } from '@cloudbox/protocol/permissions'
import type { Component } from 'svelte'
import Activity from '@lucide/svelte/icons/activity'
import BellRing from '@lucide/svelte/icons/bell-ring'
import ChartColumn from '@lucide/svelte/icons/chart-column'
import Database from '@lucide/svelte/icons/database'
import House from '@lucide/svelte/icons/house'
import Radio from '@lucide/svelte/icons/radio'
import ScrollText from '@lucide/svelte/icons/scroll-text'
import Settings from '@lucide/svelte/icons/settings'
import SquareTerminal from '@lucide/svelte/icons/square-terminal'
import Users from '@lucide/svelte/icons/users'

/** A page of every environment, as the side bar and the command palette list it. */
export interface Section {
  readonly title: string
  readonly icon: Component<{ class?: string }>
  /** Below `/projects/{project}/{environment}`. */
  readonly path: string
  /** What it takes to see something on it. */
  readonly permission?: Permission
}

export const sections: readonly Section[] = [
  { title: 'Home', icon: House, path: '' },
  { title: 'Data', icon: Database, path: '/data', permission: 'collections.read' },
  { title: 'SQL', icon: SquareTerminal, path: '/sql', permission: 'sql.open' },
  { title: 'Auth', icon: Users, path: '/auth', permission: 'users.read' },
  { title: 'Realtime', icon: Radio, path: '/realtime', permission: 'realtime.inspect' },
  { title: 'Monitoring', icon: Activity, path: '/monitoring', permission: 'monitoring.read' },
  { title: 'Alerts', icon: BellRing, path: '/alerts', permission: 'alerts.read' },
  { title: 'Usage', icon: ChartColumn, path: '/usage', permission: 'usage.read' },
  { title: 'Logs', icon: ScrollText, path: '/logs', permission: 'monitoring.read' },
  { title: 'Settings', icon: Settings, path: '/settings' },
]
