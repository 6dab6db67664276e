import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ok, problem, type Check, type Finding } from '../check.ts'
import { git } from '../git.ts'

const mark = 'cb_secret_'
const key = /cb_secret_[0-9a-f]{40}/
/** Prefixes by which bundlers put a variable into what browsers get. */
const shipped =
  /^[ \t]*(?:export[ \t]+)?((?:VITE|NEXT_PUBLIC|NUXT_PUBLIC|PUBLIC|EXPO_PUBLIC|REACT_APP|GATSBY|VUE_APP|NG_APP)_\w*)[ \t]*=/
/** No source is larger; no app has more of them. */
const mostBytes = 1_000_000
const mostFiles = 20_000
/** What packages, builds and CloudBox itself put beside an app's own files. */
const passedOver = new Set([
  'node_modules',
  '.git',
  '.cloudbox',
  'dist',
  'build',
  '.next',
  '.nuxt',
  '.svelte-kit',
  '.output',
])

/** A secret key passes all policies: nothing that reaches a browser or a repository may hold one. */
export const secretKeys: Check = {
  name: 'secret-keys',
  title: 'Secret keys',
  look: async ({ project }) => {
    if (project === undefined) return []
    const { root } = project
    const tracked = (await git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']))
      ?.split('\0')
      .filter(file => file !== '')
    const known = new Set(tracked ?? (await walk(root)))
    const envFiles = (await readdir(root)).filter(isEnvFile)
    const findings: Finding[] = []
    for (const file of [...new Set([...known, ...envFiles])].slice(0, mostFiles)) {
      const lines = await linesOf(join(root, file))
      lines.forEach((line, i) => {
        if (!key.test(line)) return
        const place = `${file}:${i + 1}`
        const variable = shipped.exec(line)?.[1]
        if (isEnvFile(basename(file)) && variable !== undefined)
          findings.push(
            problem(
              `${place} hands a secret key to browsers: bundlers ship ${variable}.`,
              'Take it out, use the publishable key, and replace it: cloudbox keys rotate',
            ),
          )
        else if (!isEnvFile(basename(file)) || (tracked !== undefined && known.has(file)))
          findings.push(
            problem(
              `${place} holds a secret key.`,
              isEnvFile(basename(file))
                ? `echo '${file}' >> .gitignore, and replace the key: cloudbox keys rotate`
                : 'Read it from a variable of the server (process.env), and replace it: cloudbox keys rotate',
            ),
          )
      })
    }
    return findings.length > 0 ? findings : [ok('No file of the app that could be shipped holds one.')]
  },
}

function isEnvFile(name: string): boolean {
  return /^\.env(\..+)?$/.test(name)
}

async function linesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile() || found.size > mostBytes) return []
  const bytes = await readFile(path)
  return bytes.includes(mark) ? bytes.toString('utf8').split('\n') : []
}

async function walk(root: string, below = ''): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    if (passedOver.has(entry.name)) continue
    const path = join(below, entry.name)
    if (entry.isDirectory()) files.push(...(await walk(root, path)))
    else if (entry.isFile()) files.push(path)
    if (files.length > mostFiles) break
  }
  return files
}
