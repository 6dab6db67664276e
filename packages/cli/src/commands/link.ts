import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Me } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { findProject, projectAt } from '../project/find-project.ts'
import type { Link } from '../project/target.ts'

export const link = command({
  name: 'link',
  summary: 'Name the project on a server that this app belongs to',
  description:
    'Writes cloudbox/link.json, which holds no secret and may be under version control. From then on --env NAME is enough where a command works on an environment of a server.',
  arguments: { project: { description: 'The project' } },
  examples: ['cloudbox link shop', 'cloudbox link shop --url https://cloudbox.example.com'],
  run: async (setting, { arguments: { project: name } }) => {
    const { api, url, cwd } = setting
    // Whoever may not see it is told so now and not at the first command that relies on it.
    await api.get<Me>(at`/projects/${name}`)
    const { folder } = findProject(cwd) ?? projectAt(cwd)
    const linked: Link = { url, project: name }
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'link.json'), `${JSON.stringify(linked, null, 2)}\n`)
    return { json: linked, text: `This app belongs to ${name} on ${url}.` }
  },
})
