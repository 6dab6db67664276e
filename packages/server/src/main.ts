import { settingsOf, helpText } from './kernel/config.ts'
import { modules } from './modules/index.ts'
import { runUntilStopped } from './run.ts'

if (process.argv.includes('--help')) process.stdout.write(helpText(settingsOf(modules)))
else await runUntilStopped(process.argv.slice(2))
