import type { Project } from './find-project.ts'
import { readText, shown } from './load-module.ts'
import { locate } from './source/locate.ts'

/** `cloudbox/schema.ts:12:5`: where something stands in a file of the app. */
export async function placeIn(
  project: Project,
  path: string,
  parts: readonly string[],
): Promise<string | undefined> {
  const place = locate((await readText(path)) ?? '', parts)
  return place && `${shown(project, path)}:${place.line}:${place.column}`
}
