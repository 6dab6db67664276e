import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import manifest from '../../../package.json' with { type: 'json' }
import { ok, problem, warning, type Check, type Finding } from '../check.ts'
import { isOlder, isSameRelease } from '../versions.ts'

const client = '@cloudbox/client'
const ours = manifest.version

export const versions: Check = {
  name: 'versions',
  title: 'Versions',
  look: async patient => {
    const { version: server } = await import('@cloudbox/server/kernel/version')
    const findings: Finding[] = []
    const compare = (what: string, version: string, mend: string) =>
      findings.push(
        isSameRelease(version, ours)
          ? ok(`${what} ${version}`)
          : warning(`${what} is ${version}, the command line ${ours}.`, mend),
      )
    findings.push(ok(`cloudbox-cli ${ours}`))
    compare('@cloudbox/server', server, 'npm install -g cloudbox-cli@latest')
    // What does not answer is told elsewhere.
    const running = await patient.local().catch(() => undefined)
    if (running !== undefined)
      compare('"cloudbox dev"', running.version, 'End it with Ctrl-C and start it again: cloudbox dev')
    if (patient.project !== undefined) findings.push(...(await sdk(patient.project.root)))
    const remote = await patient.remote().catch(() => undefined)
    if (remote !== undefined) {
      const { url } = patient.link!
      const mend = isOlder(ours, remote.version)
        ? `npm install -g cloudbox-cli@${remote.version}`
        : `Update the server at ${url}, or use its version here: npm install -g cloudbox-cli@${remote.version}`
      compare(url, remote.version, mend)
    }
    return findings
  },
}

async function sdk(root: string): Promise<Finding[]> {
  const app = await readManifest(join(root, 'package.json'))
  const wanted = app?.dependencies?.[client] ?? app?.devDependencies?.[client]
  if (wanted === undefined) return []
  const installed = await readManifest(join(root, 'node_modules', ...client.split('/'), 'package.json'))
  if (installed?.version === undefined)
    return [problem(`${client} ${wanted} of package.json is not installed.`, 'npm install')]
  if (isSameRelease(installed.version, ours)) return [ok(`${client} ${installed.version}`)]
  return [
    warning(`${client} is ${installed.version}, the command line ${ours}.`, `npm install ${client}@${ours}`),
  ]
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Manifest
  } catch {
    return undefined
  }
}
