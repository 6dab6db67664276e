import { spawn } from 'node:child_process'
import { failure } from '../failure.ts'

const packageManagers = ['npm', 'pnpm', 'yarn', 'bun'] as const
export type PackageManager = (typeof packageManagers)[number]

/** The one this was started with: `pnpm dlx cloudbox-cli create …`. */
export function detectPackageManager(
  environment: Readonly<Record<string, string | undefined>>,
): PackageManager {
  const agent = environment['npm_config_user_agent']?.split('/')[0]
  return packageManagers.find(name => name === agent) ?? 'npm'
}

/** `npm run dev`, `pnpm dev`, … */
export function runLine(manager: PackageManager, script: string): string {
  return manager === 'npm' || manager === 'bun' ? `${manager} run ${script}` : `${manager} ${script}`
}

const installArguments: Readonly<Record<PackageManager, readonly string[]>> = {
  npm: ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
  pnpm: ['install', '--prefer-offline'],
  yarn: ['install'],
  bun: ['install'],
}

/** How much of what it said is shown when it fails. */
const shownLines = 12

/** Installs what package.json of the folder names. @throws Failure `cli/install-failed`, `cli/interrupted` */
export async function install(manager: PackageManager, folder: string, signal: AbortSignal): Promise<void> {
  let said = ''
  const { code, error } = await new Promise<{ code: number | null; error?: Error }>(resolve => {
    const child = spawn(manager, installArguments[manager], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // On Windows these are scripts. Nothing of a user's goes into the line.
      shell: process.platform === 'win32',
      signal,
    })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => (said = (said + String(chunk)).slice(-8000)))
    child.once('error', failed => resolve({ code: null, error: failed }))
    child.once('close', exitCode => resolve({ code: exitCode }))
  })
  if (signal.aborted) throw failure('interrupted', 'Stopped; nothing was left behind.')
  if (code === 0) return
  const why =
    error?.message ?? (said.trim().split('\n').slice(-shownLines).join('\n') || `it ended with ${code}`)
  throw failure(
    'install-failed',
    `${manager} could not install what the app needs, so nothing was left behind.\n${why}`,
    'With --no-install the app is made without, and you install it yourself.',
  )
}
