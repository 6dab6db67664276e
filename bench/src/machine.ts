import { execFile } from 'node:child_process'
import { cpus, tmpdir, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { prepareNative, programPath } from '@cloudbox/server/kernel/postgres/native'

/** Where and when figures were taken: processor, memory, versions, date, commit. */
export async function describeMachine(): Promise<string> {
  const git = async (...args: string[]) => {
    try {
      return (await promisify(execFile)('git', args, { cwd: import.meta.dirname })).stdout.trim()
    } catch {
      return ''
    }
  }
  const commit = await git('rev-parse', '--short', 'HEAD')
  const isDirty = (await git('status', '--porcelain', '--untracked-files=no', '--', '../../packages')) !== ''
  const parts = [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.version.slice(1)}`,
    `Postgres ${await postgresVersion()}`,
    ...(commit === '' ? [] : [`commit ${commit}${isDirty ? ' and changes' : ''}`]),
  ]
  return parts.join(', ')
}

/** What the embedded server says of itself. */
async function postgresVersion(): Promise<string> {
  const program = programPath(prepareNative(tmpdir(), {}), 'postgres')
  const { stdout } = await promisify(execFile)(program, ['--version'])
  return /\d[\w.]*/.exec(stdout)?.[0] ?? 'unknown'
}
