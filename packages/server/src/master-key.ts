import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartProblem } from './kernel/postgres/start-problem.ts'
import { masterKeyBytes } from './kernel/vault.ts'

/**
 * The master key as hex: the one that was set, else the one kept in the data folder, made at the first start.
 * @throws StartProblem when what is set or kept is no key
 */
export async function masterKey(setting: string, dataDir: string): Promise<string> {
  if (setting !== '') return checked(setting, 'CLOUDBOX_MASTER_KEY')
  const path = join(dataDir, 'master.key')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  try {
    // Two that start at once: one makes it, the other reads it.
    const file = await open(path, 'wx', 0o600)
    const fresh = randomBytes(masterKeyBytes).toString('hex')
    await file.writeFile(`${fresh}\n`)
    await file.sync()
    await file.close()
    return fresh
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    return checked((await readFile(path, 'utf8')).trim(), path)
  }
}

function checked(text: string, from: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new StartProblem(
    'server/master-key',
    `${from} is no master key.`,
    `It is ${masterKeyBytes} bytes as ${2 * masterKeyBytes} hexadecimal digits; "openssl rand -hex ${masterKeyBytes}" makes one.`,
  )
}
