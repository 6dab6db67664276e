import type { MigrationsPlan } from '@cloudbox/protocol/schema-replies'
import type { Setting } from '../command.ts'
import { Failure, failure } from '../failure.ts'
import { stepLines } from '../step-text.ts'
import { harmless } from '../terminal/text.ts'
import { projectHere, type Project } from './find-project.ts'
import { loadMigrations, toWire, type MigrationFile } from './load-migrations.ts'
import { migrationPlaces, withMigrationLines } from './migration-lines.ts'
import { targetOf, type Target } from './target.ts'

export interface Ready {
  readonly project: Project
  readonly target: Target
  readonly files: readonly MigrationFile[]
}

export async function ready(
  setting: Setting,
  options: { readonly project?: string | undefined; readonly env?: string | undefined },
): Promise<Ready> {
  const project = projectHere(setting.cwd)
  const target = await targetOf(setting, options)
  return { project, target, files: await loadMigrations(project) }
}

export function planOf(
  project: Project,
  { api }: Target,
  files: readonly MigrationFile[],
  rehearse: boolean,
): Promise<MigrationsPlan> {
  return withMigrationLines(project, files, () =>
    api.post<MigrationsPlan>('/schema/migrations/plan', { migrations: toWire(files), rehearse }),
  )
}

type Pending = MigrationsPlan['migrations'][number]

export function pendingText(
  { terminal }: { readonly terminal: Pick<Setting['terminal'], 'paint' | 'width'> },
  pending: readonly Pending[],
  isTried: boolean,
): string {
  return pending
    .map(({ name, steps, isTakenOver }) =>
      [
        terminal.paint('bold', harmless(name)) + (isTakenOver === true ? ' (is there already)' : ''),
        ...stepLines(terminal, steps, isTried),
      ].join('\n'),
    )
    .join('\n\n')
}

export async function problemLines(
  { terminal: { paintError: paint } }: Setting,
  project: Project,
  files: readonly MigrationFile[],
  { problems }: MigrationsPlan,
): Promise<string[]> {
  const lines: string[] = []
  for (const { detail = '', hint, code, errors = [] } of problems) {
    lines.push(`${paint('red', '✗')} ${harmless(detail)}`)
    for (const { at, message } of await migrationPlaces(project, files, errors))
      lines.push(`  ${paint('yellow', harmless(at))} ${harmless(message)}`)
    if (hint !== undefined) lines.push(`  ${paint('cyan', '→')} ${harmless(hint)}`)
    lines.push(`  ${paint('dim', code)}`)
  }
  return lines
}

/** @throws Failure the first reason why the migrations cannot be applied */
export async function refuse(
  project: Project,
  files: readonly MigrationFile[],
  { problems: [first] }: MigrationsPlan,
): Promise<void> {
  if (first === undefined) return
  const errors = await migrationPlaces(project, files, first.errors ?? [])
  throw new Failure({
    code: first.code,
    detail: first.detail ?? first.code,
    hint: first.hint,
    ...(errors.length > 0 ? { errors } : {}),
  })
}

/** What is named to confirm. */
export function nameOf({ name }: Target): string {
  return name.split('/').at(-1)!
}

/** How many migrations are meant. @throws Failure `cli/usage` */
export function readCount(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw failure('usage', `"${text}" is no number of migrations.`, 'Say 1, 2, …')
}
