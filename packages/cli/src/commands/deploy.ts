import { join } from 'node:path'
import { existsSync } from 'node:fs'
import manifest from '../../package.json' with { type: 'json' }
import { command, type Outcome, type Setting } from '../command.ts'
import { deploy as bring, planned } from '../deploy/run-deploy.ts'
import { failure } from '../failure.ts'
import { findProject } from '../project/find-project.ts'
import { harmless } from '../terminal/text.ts'

export const deploy = command({
  name: 'deploy',
  summary: 'Bring CloudBox to a machine over ssh, as a service',
  description:
    'Installs this version there (Linux with systemd and Node 22.18 or newer), starts it, and waits until it is ready; ' +
    'the release before is put back when it does not get ready. ' +
    'Without --domain the settings of the last time stay; your own are in /etc/cloudbox/cloudbox.env there.',
  arguments: { machine: { description: 'USER@HOST, or a name of your ssh configuration' } },
  options: {
    domain: { type: 'string', value: 'NAME', multiple: true, description: 'Names to serve with TLS' },
    'acme-email': { type: 'string', value: 'EMAIL', description: 'Where the CA reaches you' },
    release: { type: 'string', value: 'VERSION', description: 'The version; else that of this command' },
    package: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      description: 'Tarballs instead, of every package',
    },
    wait: { type: 'string', value: 'SECONDS', description: 'How long it may take to get ready (180)' },
    'dry-run': { type: 'boolean', description: 'Only print what would be done there' },
  },
  examples: [
    'cloudbox deploy root@example.com --domain api.example.com',
    'cloudbox deploy root@example.com --dry-run',
  ],
  run: async (setting, { arguments: { machine: target }, options }) => {
    const wish = {
      target,
      version: options.release ?? manifest.version,
      tarballs: options.package ?? [],
      settings: settingsOf(options.domain, options['acme-email']),
      waitSeconds: secondsOf(options.wait),
      cwd: setting.cwd,
    }
    if (options['dry-run'] === true) {
      const { script, copies } = planned(wish)
      return { json: { copies, script }, text: script.trimEnd() }
    }
    return outcome(setting, wish)
  },
})

async function outcome(
  { terminal: { stderr, paintError }, environment, cwd }: Setting,
  wish: Parameters<typeof planned>[0],
): Promise<Outcome> {
  const deployed = await bring({
    ...wish,
    environment,
    step: name => stderr.write(`${paintError('cyan', '·')} ${harmless(name)}\n`),
    log: line => stderr.write(`  ${paintError('dim', line)}\n`),
  })
  const { publicUrl = deployed.url, setUpUrl } = deployed
  const project = findProject(cwd)
  const next =
    project !== undefined && existsSync(join(project.folder, 'schema.ts'))
      ? [`Then, for this app: cloudbox link PROJECT --url ${publicUrl}; cloudbox migrate up --env production`]
      : []
  return {
    json: deployed,
    text: [
      `CloudBox runs at ${publicUrl}`,
      ...(setUpUrl === undefined ? [] : [`Make yourself its owner: ${setUpUrl}`]),
    ].join('\n'),
    notes: next,
  }
}

/** Variables of the server; undefined where nothing is said. */
function settingsOf(domains: readonly string[] | undefined, email: string | undefined) {
  if (domains === undefined && email === undefined) return undefined
  if (domains === undefined) throw failure('usage', '--acme-email goes with --domain.')
  for (const [flag, text] of [...domains.map(name => ['--domain', name]), ['--acme-email', email ?? '']])
    if (!/^[\p{L}\p{N}@._+-]*$/u.test(text!)) throw failure('usage', `${flag}: "${text}" cannot be right.`)
  return {
    CLOUDBOX_DOMAIN: domains.join(','),
    ...(email === undefined ? {} : { CLOUDBOX_ACME_EMAIL: email }),
  }
}

function secondsOf(text = '180'): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw failure('usage', `--wait: "${text}" is no number of seconds.`)
}
