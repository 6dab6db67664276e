import type { Check } from './check.ts'
import { clock } from './checks/clock.ts'
import { dataFolder } from './checks/data-folder.ts'
import { envFile } from './checks/env-file.ts'
import { gitIgnore } from './checks/git-ignore.ts'
import { keys } from './checks/keys.ts'
import { linkedServer } from './checks/linked-server.ts'
import { node } from './checks/node.ts'
import { ports } from './checks/ports.ts'
import { postgresPrograms } from './checks/postgres-programs.ts'
import { postgresSettings } from './checks/postgres-settings.ts'
import { schema } from './checks/schema.ts'
import { secretKeys } from './checks/secret-keys.ts'
import { versions } from './checks/versions.ts'

/** Everything that is looked at: this machine first, then the app. */
export const checks: readonly Check[] = [
  node,
  versions,
  ports,
  postgresPrograms,
  postgresSettings,
  clock,
  dataFolder,
  schema,
  envFile,
  gitIgnore,
  secretKeys,
  keys,
  linkedServer,
]
