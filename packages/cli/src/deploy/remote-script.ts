import { servicePaths, unitText } from '../service/unit-text.ts'

export interface Release {
  /** Names the release; sorts after those before it. */
  readonly id: string
  /** What npm is to install: `cloudbox-cli@1.2.3`, or tarballs that have been copied there. */
  readonly packages: readonly string[]
  /** Settings of the server by their variables; undefined leaves those of the last time. */
  readonly settings: Readonly<Record<string, string>> | undefined
  /** How long the server may take until it is ready. */
  readonly waitSeconds: number
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

const { releases, settings: settingsFile, data, readyFile, unit } = servicePaths
/** Put in by the machine itself: it alone knows where its Node is. */
const nodeMark = '@NODE@'
const keptReleases = 3

/**
 * What a machine does to get a release, for its root's shell. It tells what it is at in lines that begin with `@`:
 * `@step`, `@problem CODE`, `@detail`, `@hint`, `@log`, `@ready JSON`. The release before is put back when the new one
 * does not get ready.
 */
export function remoteScript({ id, packages, settings, waitSeconds }: Release): string {
  const lines = Object.entries(settings ?? {}).map(([name, value]) => `${name}=${value}`)
  return `set -eu
umask 022
say() { printf '@%s %s\\n' "$1" "$2"; }
fail() { say problem "$1"; say detail "$2"; say hint "$3"; exit 3; }

say step check
[ "$(uname -s)" = Linux ] || fail not-linux "This machine runs $(uname -s)." 'CloudBox is deployed to Linux.'
case "$(uname -m)" in x86_64|aarch64) ;; *) fail wrong-machine "There is no Postgres for $(uname -m)." 'It takes x86_64 or aarch64.' ;; esac
command -v systemctl > /dev/null || fail no-systemd 'This machine has no systemd.' 'Run "cloudbox start" there by whatever starts services.'
node=$(command -v node || true)
[ -n "$node" ] && command -v npm > /dev/null || fail no-node 'There is no Node on this machine.' 'Install Node 22.18 or newer with npm there, e.g. as https://nodejs.org/en/download tells.'
"$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 18) ? 0 : 1)' \\
  || fail old-node "Node there is $("$node" --version)." 'Install Node 22.18 or newer there.'
node_folder=$(dirname "$(readlink -f "$node")")
id cloudbox > /dev/null 2>&1 || useradd --system --home-dir ${data} --shell /usr/sbin/nologin cloudbox

say step install
release=${releases}/releases/${id}
mkdir -p "$release"
printf '{"private":true}\\n' > "$release/package.json"
if ! (cd "$release" && npm install --omit=dev --no-audit --no-fund --loglevel=error ${packages.map(quoted).join(' ')}) > "$release/install.log" 2>&1; then
  tail -n 20 "$release/install.log" | while IFS= read -r line; do say log "$line"; done
  rm -rf "$release"
  fail install-failed 'npm could not install CloudBox there.' 'The lines above say why; nothing else was changed.'
fi

say step settings
mkdir -p ${dir(settingsFile)}
chmod 700 ${dir(settingsFile)}
${settings === undefined ? ':' : `(umask 077; cat > ${settingsFile} <<'END_OF_SETTINGS'\n${lines.join('\n')}\nEND_OF_SETTINGS\n)`}
before=$(readlink ${releases}/current || true)
[ ! -f ${unit} ] || cp ${unit} ${unit}.before
cat > ${unit}.new <<'END_OF_UNIT'
${unitText({ program: servicePaths.program, nodeFolder: nodeMark }).trimEnd()}
END_OF_UNIT
sed "s|${nodeMark}|$node_folder|" ${unit}.new > ${unit}
rm ${unit}.new

switch() { ln -sfn "$1" ${releases}/next && mv -Tf ${releases}/next ${releases}/current; }
look='const { readFileSync } = require("node:fs")
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"
process.removeAllListeners("warning")
const { url, httpPort } = JSON.parse(readFileSync(process.argv[1], "utf8"))
fetch((httpPort ? "http://127.0.0.1:" + httpPort : url) + "/ready").then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))'
run() {
  rm -f ${readyFile}
  systemctl daemon-reload
  systemctl enable --quiet cloudbox
  systemctl restart cloudbox || return 1
  i=0
  while [ "$i" -lt ${waitSeconds} ]; do
    if [ -s ${readyFile} ] && "$node" -e "$look" ${readyFile} 2> /dev/null; then return 0; fi
    if systemctl is-failed --quiet cloudbox; then return 1; fi
    i=$((i + 1))
    sleep 1
  done
  return 1
}

say step start
switch "$release"
if ! run; then
  journalctl -u cloudbox -n 20 --no-pager -o cat 2> /dev/null | while IFS= read -r line; do say log "$line"; done
  if [ -n "$before" ] && [ -d "$before" ]; then
    say step roll-back
    switch "$before"
    [ ! -f ${unit}.before ] || mv ${unit}.before ${unit}
    rm -rf "$release"
    if run; then fail rolled-back 'The new release did not get ready; the one before runs again.' 'The lines above are its log.'; fi
    fail not-running 'Neither the new release nor the one before gets ready.' 'Look at "journalctl -u cloudbox" there.'
  fi
  systemctl disable --quiet --now cloudbox || true
  rm -f ${releases}/current
  rm -rf "$release"
  fail not-ready 'CloudBox did not get ready there.' 'The lines above are its log.'
fi
rm -f ${unit}.before
# Releases are named by their time: those before the last ones are not needed any more.
ls -1 ${releases}/releases | sort -r | tail -n +${keptReleases + 1} | while IFS= read -r old; do rm -rf "${releases}/releases/$old"; done
say ready "$("$node" -e 'const { url, publicUrl, setUpUrl } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8")); console.log(JSON.stringify({ url, publicUrl, setUpUrl }))' ${readyFile})"
`
}

function dir(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
