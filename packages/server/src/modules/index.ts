import type { AnyModule } from '../kernel/module.ts'
import { advisor } from './advisor/module.ts'
import { alerts } from './alerts/module.ts'
import { auth } from './auth/module.ts'
import { console } from './console/module.ts'
import { data } from './data/module.ts'
import { monitoring } from './monitoring/module.ts'
import { platform } from './platform/module.ts'
import { realtime } from './realtime/module.ts'
import { reference } from './reference/module.ts'
import { schema } from './schema/module.ts'
import { status } from './status/module.ts'
import { usage } from './usage/module.ts'
import { telemetry } from './telemetry/module.ts'

/** The product's table of contents: one line a module. */
export const modules: readonly AnyModule[] = [
  platform,
  auth,
  data,
  schema,
  realtime,
  advisor,
  monitoring,
  alerts,
  usage,
  status,
  telemetry,
  reference,
  console,
]
