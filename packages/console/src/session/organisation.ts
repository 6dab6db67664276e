import type { Permission } from '@cloudbox/protocol/permissions'
import { createContext } from 'svelte'
import type { MyOrganisation } from './workspace.svelte.ts'

/** The organisation a page is about, and what may be done with it. */
export interface CurrentOrganisation extends MyOrganisation {
  /** Of the management API: `/organisations/acme`. */
  readonly path: string
  may(permission: Permission): boolean
}

export function currentOrganisation(organisation: MyOrganisation): CurrentOrganisation {
  const { permissions } = organisation
  return {
    ...organisation,
    path: `/organisations/${organisation.name}`,
    may: permission => permissions.includes(permission),
  }
}

/** The organisation of the page a component is on. */
export const [useOrganisation, provideOrganisation] = createContext<() => CurrentOrganisation>()
