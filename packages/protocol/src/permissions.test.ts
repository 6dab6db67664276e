import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allows,
  builtInRoleNames,
  builtInRoles,
  coversPermission,
  permissionNames,
  type BuiltInRole,
  type Permission,
} from './permissions.ts'

/** The whole matrix: o owner, a admin, d developer, v viewer. A new permission has to be decided here. */
const matrix: Record<Permission, string> = {
  'organisation.read': 'oadv',
  'organisation.change': 'oa',
  'organisation.delete': 'o',
  'members.change': 'oa',
  'roles.change': 'oa',
  'audit.read': 'oa',
  'projects.create': 'oa',
  'projects.change': 'oa',
  'projects.delete': 'oa',
  'environments.read': 'oadv',
  'environments.create': 'oad',
  'environments.change': 'oad',
  'environments.delete': 'oa',
  'environments.promote': 'oa',
  'secrets.change': 'oad',
  'keys.read': 'oadv',
  'keys.change': 'oad',
  'collections.read': 'oadv',
  'collections.change': 'oad',
  'documents.read': 'oadv',
  'documents.write': 'oad',
  'users.read': 'oadv',
  'users.change': 'oad',
  'accounts.read': 'oadv',
  'accounts.change': 'oad',
  'accounts.use': 'oadv',
  'realtime.listen': 'oadv',
  'realtime.inspect': 'oadv',
  'monitoring.read': 'oadv',
  'alerts.read': 'oadv',
  'alerts.change': 'oad',
  'usage.read': 'oadv',
  'drains.change': 'oa',
  'sql.open': 'oad',
  'reference.read': 'oadv',
}

test('every built-in role has exactly the permissions of the matrix, in every place', () => {
  const letters: Record<BuiltInRole, string> = { owner: 'o', admin: 'a', developer: 'd', viewer: 'v' }
  for (const role of builtInRoleNames) {
    for (const permission of permissionNames) {
      const expected = matrix[permission].includes(letters[role])
      for (const place of ['', 'projects/shop', 'projects/shop/environments/production'])
        assert.equal(
          allows(builtInRoles[role], permission, place),
          expected,
          `${role} ${permission} ${place}`,
        )
    }
  }
})

test('what nothing allows is denied, and a deny wins in any order', () => {
  const place = 'projects/shop/environments/production'
  const allow = { effect: 'allow', permissions: ['*'], places: ['projects/shop'] } as const
  const deny = {
    effect: 'deny',
    permissions: ['documents.*'],
    places: ['projects/*/environments/production'],
  } as const
  assert.equal(allows([], 'documents.read', place), false)
  assert.equal(allows([allow], 'documents.read', place), true)
  assert.equal(allows([allow, deny], 'documents.read', place), false)
  assert.equal(allows([deny, allow], 'documents.read', place), false)
  assert.equal(allows([deny, allow], 'documents.read', 'projects/shop/environments/dev'), true)
  assert.equal(allows([deny, allow], 'collections.read', place), true)
})

test('a place covers what is below it, and nothing beside or above it', () => {
  const may = (pattern: string, place: string) =>
    allows([{ effect: 'allow', permissions: ['documents.read'], places: [pattern] }], 'documents.read', place)
  assert.ok(may('projects/shop', 'projects/shop/environments/dev'))
  assert.ok(may('projects/*', 'projects/shop'))
  assert.ok(!may('projects/shop', 'projects/shop-two'))
  assert.ok(!may('projects/shop/environments/dev', 'projects/shop'))
  assert.ok(!may('projects/*/environments/dev', 'projects/shop'))
  assert.ok(!may('projects/shop', ''))
  assert.ok(!may('', 'projects/shop'))
})

test('patterns of permissions name nouns and verbs', () => {
  assert.ok(coversPermission('*.read', 'documents.read'))
  assert.ok(coversPermission('documents.*', 'documents.write'))
  assert.ok(!coversPermission('documents.*', 'collections.read'))
  assert.ok(!coversPermission('documents', 'documents.read'))
})
