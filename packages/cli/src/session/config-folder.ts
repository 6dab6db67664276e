import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the command line keeps what it knows of its user. */
export function configFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CONFIG_HOME, APPDATA } = environment
  if (XDG_CONFIG_HOME !== undefined && XDG_CONFIG_HOME !== '') return join(XDG_CONFIG_HOME, 'cloudbox')
  if (process.platform === 'win32' && APPDATA !== undefined) return join(APPDATA, 'cloudbox')
  return join(homedir(), '.config', 'cloudbox')
}
