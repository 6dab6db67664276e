/**
 * The role that SQL runs as which changes an environment, and that owns what it makes; there once there was such SQL.
 * It is not the one of direct connections, for which policies decide what they see.
 */
export function sqlRoleOf(role: string): string {
  return `${role}_sql`
}

/** Who logs in to run statements that people write in the console; it acts as the role above. */
export function deskRoleOf(role: string): string {
  return `${role}_desk`
}
