// Loads the demo: node examples/cities/load.ts <environment url> <secret key, or CLOUDBOX_SECRET_KEY> [--page <its url>]
import { parseArgs } from 'node:util'
import { loadDemo } from './src/load.ts'
import { progressBar } from './src/progress-bar.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { page: { type: 'string' } } })
const [url, secretKey = process.env.CLOUDBOX_SECRET_KEY] = positionals
if (url === undefined || secretKey === undefined) {
  process.stderr.write('Usage: node examples/cities/load.ts <environment url> <secret key> [--page <url>]\n')
  process.exit(2)
}
try {
  await loadDemo({ url, secretKey, pageUrl: values.page, onProgress: progressBar(process.stderr) })
} catch (error) {
  const { message, hint } = error as Error & { hint?: string }
  process.stderr.write(`\n✗ The demo's data could not be loaded: ${message}${hint ? `\n  ${hint}` : ''}\n`)
  process.exitCode = 1
}
