import { globSync } from 'node:fs'

const find = (...patterns: string[]) =>
  globSync(patterns, { exclude: name => name === 'node_modules' || name === 'dist' }).toSorted()

const inPackages = find('{packages,examples,bench}/**/*.test.ts')
const inTools = find('tools/**/*.test.ts')

/** Tests that need nothing but Node. */
export const pureTests = inPackages.filter(file => !/\.(pg|e2e)\.test\.ts$/.test(file))
/** Tests on a real Postgres. */
export const postgresTests = [...inPackages, ...inTools].filter(file => file.endsWith('.pg.test.ts'))
const inBrowser = find('e2e/**/*.test.ts', '{packages,examples}/**/*.e2e.test.ts')
/** Without a build, and on the server that most others use: what breaks one breaks mostly these. */
const usualTemplates = ['html', 'react']
/** Tests with a real browser on a real server. */
export const browserTests = inBrowser
/** Those of a whole run. Installing and building every framework there is takes longer than everything else together. */
export const usualBrowserTests = inBrowser.filter(file => {
  const template = /^e2e[/\\]templates[/\\](.+)\.test\.ts$/.exec(file)?.[1]
  return template === undefined || usualTemplates.includes(template) || process.env['TEMPLATES'] === 'all'
})
/** Tests of the repository itself. */
export const toolTests = inTools.filter(file => !file.endsWith('.pg.test.ts'))
/** Tests that cut lines, kill processes and fill disks, on servers of their own. */
export const faultTests = find('faults/**/*.test.ts')
