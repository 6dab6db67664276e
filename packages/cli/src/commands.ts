import type { Command } from './command.ts'
import { advisorCommands } from './commands/advisor.ts'
import { analyticsCommands } from './commands/analytics.ts'
import { auditCommands } from './commands/audit.ts'
import { create } from './commands/create.ts'
import { deploy } from './commands/deploy.ts'
import { dev } from './commands/dev.ts'
import { doctor } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { environmentCommands } from './commands/env.ts'
import { gitCommands } from './commands/git.ts'
import { promotionCommands } from './commands/env-promote.ts'
import { keyCommands } from './commands/keys.ts'
import { link } from './commands/link.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { migrateCommands } from './commands/migrate.ts'
import { organisationCommands } from './commands/org.ts'
import { projectCommands } from './commands/project.ts'
import { roleCommands } from './commands/org-role.ts'
import { schemaCommands } from './commands/schema.ts'
import { schemaUndo } from './commands/schema-undo.ts'
import { seed } from './commands/seed.ts'
import { secretCommands } from './commands/secrets.ts'
import { snapshotCommands } from './commands/snapshot.ts'
import { start } from './commands/start.ts'
import { serviceCommands } from './commands/service.ts'
import { types } from './commands/types.ts'
import { variableCommands } from './commands/vars.ts'
import { whoami } from './commands/whoami.ts'

/** Everything the command line can do: one line per word. */
export const commands: readonly Command[] = [
  create,
  dev,
  doctor,
  start,
  deploy,
  ...serviceCommands,
  link,
  login,
  logout,
  whoami,
  ...migrateCommands,
  ...schemaCommands,
  schemaUndo,
  types,
  seed,
  ...snapshotCommands,
  ...organisationCommands,
  ...roleCommands,
  ...projectCommands,
  ...environmentCommands,
  ...gitCommands,
  ...promotionCommands,
  ...keyCommands,
  ...variableCommands,
  ...secretCommands,
  importCommand,
  exportCommand,
  ...advisorCommands,
  ...auditCommands,
  ...analyticsCommands,
]
