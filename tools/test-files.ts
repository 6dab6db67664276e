import { globSync } from 'node:fs'

const find = (...patterns: string[]) =>
  globSync(patterns, { exclude: name => name === 'node_modules' || name === 'dist' }).toSorted()

const inPackages = find('{packages,examples,bench}/**/*.test.ts')
const inTools = find('tools/**/*.test.ts')

/** Tests that need nothing but Node. */
export const pureTests = inPackages.filter(file => !/\.(pg|e2e)\.test\.ts$/.test(file))
/** Tests on a real Postgres. */
const postgresTests = [...inPackages, ...inTools].filter(file => file.endsWith('.pg.test.ts'))
/** Tests with a real browser on a real server. */
export const browserTests = find('e2e/**/*.test.ts', '{packages,examples}/**/*.e2e.test.ts')
/** Without a build, and on the server that most others use: what breaks one breaks mostly these. */
const usualTemplates = ['html', 'react']
/** Those of a whole run. Installing and building every framework there is takes longer than everything else together. */
const usualBrowserTests = browserTests.filter(file => {
  const template = /^e2e[/\\]templates[/\\](.+)\.test\.ts$/.exec(file)?.[1]
  return template === undefined || usualTemplates.includes(template) || process.env['TEMPLATES'] === 'all'
})
/** Tests of the repository itself. */
export const toolTests = inTools.filter(file => !file.endsWith('.pg.test.ts'))
/** Tests that cut lines, kill processes and fill disks, on servers of their own. */
const faultTests = find('faults/**/*.test.ts')

/** Tests of running servers: on a real Postgres, with faults, with a real browser. */
export const serverTests = [...postgresTests, ...faultTests, ...browserTests]
/** Those of a whole run. */
export const usualServerTests = [...postgresTests, ...faultTests, ...usualBrowserTests]

/** Those that took more than half a minute, the longest first; what is not named took less. */
const longest = [
  'faults/online-change',
  'tools/pack/pack',
  'faults/migrations',
  'faults/kills',
  'packages/server/src/main',
  'faults/snapshots',
  'faults/signals',
  'packages/server/src/tls/tls',
  'e2e/console-data',
  'e2e/templates/react',
  'faults/audit',
  'packages/server/src/modules/realtime/workers',
  'e2e/console-auth',
  'packages/server/src/modules/platform/audit/audited-routes',
  'e2e/templates/html',
]

/** A long one that begins last keeps one processor busy and all others waiting. */
export function longestFirst(files: readonly string[]): string[] {
  const rank = (file: string) => {
    const at = longest.indexOf(file.replaceAll('\\', '/').replace(/(?:\.pg)?\.test\.ts$/, ''))
    return at === -1 ? longest.length : at
  }
  return files.toSorted((a, b) => rank(a) - rank(b))
}
