import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../git.ts'
import { ok, problem, warning, type Check } from '../check.ts'

/** `.cloudbox/` holds keys and a database: no version control may take it. */
export const gitIgnore: Check = {
  name: 'git-ignore',
  title: 'Git',
  look: async ({ project }) => {
    if (project === undefined) return []
    const { root, state } = project
    const tracked = await git(root, ['ls-files', '-z', '--', '.cloudbox'])
    if (tracked === undefined) {
      const own = await readFile(join(state, '.gitignore'), 'utf8').catch(() => undefined)
      if (own === undefined || own.trim() === '*') return []
      return [warning('.cloudbox/.gitignore lets files through.', "echo '*' > .cloudbox/.gitignore")]
    }
    if (tracked !== '')
      return [
        problem(
          'Files of .cloudbox/ are under version control; they hold keys.',
          'git rm -r --cached .cloudbox, commit, then make new keys: cloudbox keys rotate',
        ),
      ]
    const isIgnored = (await git(root, ['check-ignore', '.cloudbox/dev.json'])) !== undefined
    if (isIgnored) return [ok('.cloudbox/ is ignored.')]
    return [problem('.cloudbox/ is not in .gitignore; it holds keys.', "echo '.cloudbox/' >> .gitignore")]
  },
}
