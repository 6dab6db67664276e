import { run } from './run.ts'

// Whoever reads may have read enough: `cloudbox audit list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

void run(process.argv.slice(2), process.env, process).then(code => {
  process.exitCode = code
})
