import { coversPermission, type Permission } from '@cloudbox/protocol/permissions'
import type { Scope } from '../../../kernel/caller.ts'
import type { KeyScope } from '../directory/directory.ts'

/** What a key may do that was made for less than everything. */
export function keyScope({ permissions, collections }: KeyScope): Scope {
  const known = new Map<Permission, boolean>()
  const touchable = collections === undefined ? undefined : new Set(collections)
  return Object.freeze({
    may(permission: Permission) {
      let isAllowed = known.get(permission)
      if (isAllowed === undefined) {
        isAllowed = permissions === undefined || permissions.some(one => coversPermission(one, permission))
        known.set(permission, isAllowed)
      }
      return isAllowed
    },
    mayTouch: (collection: string) => touchable?.has(collection) ?? true,
  })
}
