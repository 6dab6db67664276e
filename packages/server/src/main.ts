import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Much of a start is reading and compiling the same modules as last time. The cache lies beside the code,
// where only those can write who can change the code as well; where nobody may, there is none.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)))

// Only what is loaded from here on comes from the cache.
const { settingsOf, helpText } = await import('./kernel/config.ts')
const { modules } = await import('./modules/index.ts')
const { runUntilStopped } = await import('./run.ts')

if (process.argv.includes('--help')) process.stdout.write(helpText(settingsOf(modules)))
else await runUntilStopped(process.argv.slice(2))
