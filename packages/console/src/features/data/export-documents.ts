import type { EnvironmentPath } from '#session/ask.ts'
import { basePath, open } from '#session/ask.ts'
import { jsonArray } from './json-array.ts'

export type ExportFormat = 'csv' | 'json' | 'jsonl'

const accepts: Readonly<Record<ExportFormat, string>> = {
  // For people who open it with a spreadsheet, which runs texts that look like formulas.
  csv: 'text/csv; formulas=escaped',
  json: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
}

type Picker = (options: { suggestedName: string }) => Promise<{
  createWritable(): Promise<WritableStream<Uint8Array>>
}>

/** Writes every document a query meets into a file, as they come. @returns false: the reader has changed his mind */
export async function exportDocuments(
  environment: EnvironmentPath,
  collection: string,
  format: ExportFormat,
  query: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const name = `${collection}.${format}`
  const target = await pickFile(name)
  if (target === undefined) return false
  const response = await open('GET', `${basePath(environment)}/data/${collection}`, {
    query,
    headers: { accept: accepts[format] },
  })
  const body = format === 'json' ? response.body!.pipeThrough(jsonArray()) : response.body!
  await target(body)
  return true
}

type Target = (body: ReadableStream<Uint8Array>) => Promise<void>

/** Where the browser can write into a file it does; else the file is gathered first. */
async function pickFile(name: string): Promise<Target | undefined> {
  const { showSaveFilePicker: pick } = window as { showSaveFilePicker?: Picker }
  if (pick === undefined) return body => download(name, body)
  try {
    const file = await pick({ suggestedName: name })
    return async body => body.pipeTo(await file.createWritable())
  } catch (error) {
    if ((error as Error).name === 'AbortError') return undefined
    return body => download(name, body)
  }
}

async function download(name: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const blob = await new Response(body).blob()
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
