import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)
const timeout = 5000

export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** The program that listens on a port, e.g. `node (process 4711)`; undefined when the system does not tell. */
export async function whoListens(port: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await byProc(port)
    return process.platform === 'win32' ? await byNetstat(port) : await byLsof(port)
  } catch {
    return undefined
  }
}

/** Sockets of others are theirs to see: then only root finds out. */
async function byProc(port: number): Promise<string | undefined> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map(name => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  const inodes = tables
    .flatMap(text => text.split('\n'))
    .map(line => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === '0A' && local.endsWith(`:${hex}`))
    .map(words => `socket:[${words[9]}]`)
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const to = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (!inodes.includes(to)) continue
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return `${name.trim() || 'a program'} (process ${pid})`
    }
  }
  return undefined
}

async function byLsof(port: number): Promise<string | undefined> {
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { timeout })
  const pid = /^p(\d+)$/m.exec(stdout)?.[1]
  return pid && `${/^c(.+)$/m.exec(stdout)?.[1] ?? 'a program'} (process ${pid})`
}

async function byNetstat(port: number): Promise<string | undefined> {
  const { stdout } = await run('netstat', ['-ano', '-p', 'TCP'], { timeout })
  const pid = new RegExp(`:${port}\\s+\\S+\\s+LISTENING\\s+(\\d+)`).exec(stdout)?.[1]
  return pid && `process ${pid}`
}
