import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cloudbox } from '../testing/cloudbox.ts'
import { quoted } from './remote-script.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/**
 * A machine that is reached by ssh and scp, below a folder of this one: its own root's shell does what it is told, with
 * the real folders in other places. What is not to be had here without being root is stood in for: npm gives the command
 * line of this repository, systemctl starts and ends what the unit says.
 */
function machine() {
  const root = mkdtempSync(join(tmpdir(), 'cloudbox-deploy-'))
  const bin = join(root, 'bin')
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const program = (name: string, text: string) => {
    put(`bin/${name}`, `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  mkdirSync(join(root, 'etc', 'systemd', 'system'), { recursive: true })
  mkdirSync(join(root, 'run', 'cloudbox'), { recursive: true })
  const elsewhere = ['/opt/cloudbox', '/etc/cloudbox', '/etc/systemd', '/var/lib/cloudbox', '/run/cloudbox']
    .map(path => `-e 's|${path}|${root}${path}|g'`)
    .join(' ')
  // The last argument is what sshd would hand to the shell of whoever signs in.
  program(
    'ssh',
    `echo "ssh $1 $2" >> ${root}/calls; sed ${elsewhere} > ${root}/script; exec sh -s < ${root}/script`,
  )
  program('scp', `echo "scp $4" >> ${root}/calls; cp "$3" ${root}/copied`)
  program('uname', `[ "$1" = -m ] && echo x86_64 || echo Linux`)
  program('id', `[ "$1" = -u ] && echo 0 || exit 0`)
  program('journalctl', `cat ${root}/journal`)
  program(
    'npm',
    `echo "npm $*" >> ${root}/calls
[ ! -e ${root}/no-npm ] || { echo 'npm error 404 no such version' >&2; exit 1; }
mkdir -p node_modules/.bin
if [ -e ${root}/broken ]; then printf '#!/bin/sh\\necho it is broken\\nexit 1\\n' > node_modules/.bin/cloudbox
else printf '#!/bin/sh\\nexec %s %s "$@"\\n' ${process.execPath} ${main} > node_modules/.bin/cloudbox; fi
chmod 755 node_modules/.bin/cloudbox`,
  )
  program(
    'systemctl',
    `echo "systemctl $*" >> ${root}/calls
stop() { if [ -e ${root}/pid ]; then kill "$(cat ${root}/pid)" 2> /dev/null; while kill -0 "$(cat ${root}/pid)" 2> /dev/null; do sleep 0.1; done; rm -f ${root}/pid; fi; }
case "$*" in
  restart*) stop
    unit=${root}/etc/systemd/system/cloudbox.service
    ( export $(sed -n 's/^Environment=//p' "$unit") CLOUDBOX_PORT=0 XDG_CONFIG_HOME=${root}
      [ ! -e ${root}/etc/cloudbox/deploy.env ] || export $(cat ${root}/etc/cloudbox/deploy.env)
      exec $(sed -n 's/^ExecStart=//p' "$unit") ) > ${root}/journal 2>&1 < /dev/null & echo $! > ${root}/pid ;;
  is-failed*) ! kill -0 "$(cat ${root}/pid)" 2> /dev/null ;;
  disable*) stop ;;
esac`,
  )
  return {
    root,
    path: `${bin}:${process.env['PATH']}`,
    put,
    remove: (name: string) => rmSync(join(root, name)),
    read: (name: string) => readFileSync(join(root, name), 'utf8'),
    calls: () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : ''),
    current: () => readlinkSync(join(root, 'opt/cloudbox/current')),
    end: () => {
      execFileSync(join(bin, 'systemctl'), ['disable', '--now', 'cloudbox'])
      rmSync(root, { recursive: true, force: true })
    },
  }
}

test(
  'a machine gets CloudBox, and keeps what it has when a new release does not get ready',
  { skip: process.platform !== 'linux' },
  async t => {
    const there = machine()
    after(there.end)
    const box = cloudbox(t, 'http://127.0.0.1:9')
    const run = (line: string) =>
      box(`deploy root@far.example.com ${line}`, { environment: { PATH: there.path } })

    const first = await run('--release 1.2.3 --json')
    assert.equal(first.code, 0, first.stdout + first.stderr)
    const { url, setUpUrl, release } = first.json<Record<'url' | 'setUpUrl' | 'release', string>>()
    assert.equal((await fetch(`${url}/ready`)).status, 200)
    assert.match(setUpUrl, /^http.*\/v1\/platform\/set-up#/)
    assert.match(there.calls(), /^ssh -- root@far\.example\.com\nnpm install .* cloudbox-cli@1\.2\.3\n/)
    assert.match(
      there.calls(),
      /systemctl daemon-reload\nsystemctl enable --quiet cloudbox\nsystemctl restart cloudbox/,
    )
    assert.match(there.read('etc/systemd/system/cloudbox.service'), /^User=cloudbox$/m)
    assert.ok(there.current().endsWith(`/releases/${release}`))

    await t.test('one that does not start is replaced by the one before', async () => {
      there.put('broken', '')
      const failed = await run('--json --wait 60')
      assert.equal(failed.code, 1)
      assert.equal(failed.json<{ error: { code: string } }>().error.code, 'deploy/rolled-back')
      assert.match(failed.stderr, /it is broken[^]*roll-back/)
      assert.ok(there.current().endsWith(`/releases/${release}`))
      assert.deepEqual(readdirSync(join(there.root, 'opt/cloudbox/releases')), [release])
      const { url: again } = JSON.parse(there.read('run/cloudbox/ready.json')) as { url: string }
      assert.equal((await fetch(`${again}/ready`)).status, 200)
      there.remove('broken')
    })

    await t.test('what cannot be installed changes nothing', async () => {
      there.put('no-npm', '')
      const failed = await run('--json')
      assert.equal(failed.json<{ error: { code: string } }>().error.code, 'deploy/install-failed')
      assert.match(failed.stderr, /404 no such version/)
      assert.ok(there.current().endsWith(`/releases/${release}`))
      there.remove('no-npm')
    })

    await t.test('tarballs are copied, and the data stays', async () => {
      there.put('a b.tgz', 'x')
      const second = await box(['deploy', 'root@far.example.com', '--package', join(there.root, 'a b.tgz')], {
        environment: { PATH: there.path },
      })
      assert.equal(second.code, 0, second.stderr)
      assert.match(second.stdout, /^CloudBox runs at http:\/\/localhost:\d+\n/)
      assert.match(
        there.calls(),
        /scp root@far\.example\.com:\/tmp\/cloudbox-.*-a b\.tgz\n[^]*npm install .* file:\/tmp\/cloudbox-.*-a b\.tgz\n/,
      )
      assert.ok(!there.current().endsWith(release))
      assert.equal(there.read('copied'), 'x')
    })
  },
)

test('what cannot be right is never sent', async t => {
  const box = cloudbox(t, 'http://127.0.0.1:9')
  for (const line of [
    '-oProxyCommand=x',
    'a;b',
    'root@h --domain a.b;c',
    'root@h --acme-email a@b.c',
    'root@h --wait soon',
  ])
    assert.equal((await box(['deploy', ...line.split(' ')])).code, 2, line)
  const { stdout } = await box('deploy root@h --domain a.example.com --dry-run')
  assert.match(stdout, /^CLOUDBOX_DOMAIN=a\.example\.com$/m)
})

test('a text is one word of a shell, whatever is in it', { skip: process.platform === 'win32' }, () => {
  for (const text of ["it's", '$(x) `y` "z" \\ \n*', '']) {
    const heard = execFileSync('sh', ['-c', `printf %s ${quoted(text)}`], { encoding: 'utf8' })
    assert.equal(heard, text)
  }
})
