import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectAt, type Project } from '../project/find-project.ts'

/** The folder of an app, with the client installed. */
export interface AppFolder extends Project {
  write(file: string, text: string): void
  read(file: string): string
  remove(file: string): void
}

export function appFolder(cleanup: { after(work: () => void): void }): AppFolder {
  const root = mkdtempSync(join(tmpdir(), 'cloudbox-app-'))
  cleanup.after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'cloudbox'))
  mkdirSync(join(root, 'node_modules', '@cloudbox'), { recursive: true })
  symlinkSync(
    fileURLToPath(new URL('../../../sdk', import.meta.url)),
    join(root, 'node_modules', '@cloudbox', 'client'),
    'junction',
  )
  return {
    ...projectAt(root),
    write(file, text) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    },
    read: file => readFileSync(join(root, file), 'utf8'),
    remove: file => rmSync(join(root, file)),
  }
}
