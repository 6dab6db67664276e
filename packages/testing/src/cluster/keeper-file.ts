import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Connection } from '@cloudbox/server/kernel/db'

/** How processes find the Postgres that is running. */
export interface KeeperFile {
  readonly pid: number
  readonly connection: Connection
}

function pathOf(folder: string): string {
  return join(folder, 'keeper.json')
}

export function readKeeperFile(folder: string): KeeperFile | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(folder), 'utf8')) as KeeperFile
  } catch {
    return undefined
  }
}

/** It holds a password. */
export function writeKeeperFile(folder: string, file: KeeperFile): void {
  const draft = `${pathOf(folder)}.${file.pid}`
  writeFileSync(draft, JSON.stringify(file), { mode: 0o600 })
  renameSync(draft, pathOf(folder))
}

export function removeKeeperFile(folder: string): void {
  rmSync(pathOf(folder), { force: true })
}
