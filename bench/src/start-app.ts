import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const schema = `import { defineSchema, t } from '@cloudbox/client/schema'
export default defineSchema({ todos: { fields: { title: t.text() }, policies: { list: 'public("bench")' } } })
`

/** Runs `cloudbox dev` in an app's folder until it answers a request, then stops it. Answers with the ms it took. */
export async function startApp(folder: string): Promise<number> {
  const packages = join(folder, 'node_modules', '@cloudbox')
  await mkdir(join(folder, 'cloudbox'), { recursive: true })
  await mkdir(packages, { recursive: true })
  await writeFile(join(folder, 'cloudbox', 'schema.ts'), schema)
  const client = fileURLToPath(new URL('../../packages/sdk', import.meta.url))
  await symlink(client, join(packages, 'client'), 'junction').catch(() => {})

  const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
  const startedAtMs = performance.now()
  const child = spawn(process.execPath, [main, 'dev', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const end = () => child.kill('SIGINT')
  process.once('exit', end)
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as { event: string; environmentUrl: string; publishableKey: string }
    if (told.event !== 'ready') continue
    const answer = await fetch(`${told.environmentUrl}/v1/data/todos`, {
      headers: { apikey: told.publishableKey },
    })
    if (!answer.ok) throw new Error(await answer.text())
    const ms = performance.now() - startedAtMs
    child.kill('SIGINT')
    await exited
    process.off('exit', end)
    return ms
  }
  throw new Error('cloudbox dev ended before it was ready')
}
