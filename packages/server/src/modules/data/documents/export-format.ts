/** How a list is written when it is not a page of JSON. */
export type ExportFormat =
  | { readonly kind: 'ndjson' }
  | {
      readonly kind: 'csv'
      readonly hasHeader: boolean
      /** Texts a spreadsheet would run get an apostrophe in front. */
      readonly escapesFormulas: boolean
    }

const types: Readonly<Record<string, 'page' | 'ndjson' | 'csv'>> = {
  'application/json': 'page',
  'application/*': 'page',
  '*/*': 'page',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'text/csv': 'csv',
}

/**
 * The export an `Accept` asks for: `application/x-ndjson`, or `text/csv` with `header=absent` and `formulas=escaped` if
 * wanted. Undefined for a page of JSON, which is the answer to everything else too.
 */
export function readExportFormat(accept: string | string[] | undefined): ExportFormat | undefined {
  if (typeof accept !== 'string' || !/ndjson|text\/csv/i.test(accept)) return undefined
  let best: { kind: 'page' | 'ndjson' | 'csv'; parameters: readonly string[] } | undefined
  let bestQuality = 0
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim())
    const kind = types[type]
    const quality = Number(parameters.find(part => part.startsWith('q='))?.slice(2) ?? 1)
    if (kind === undefined || !(quality > bestQuality)) continue
    best = { kind, parameters }
    bestQuality = quality
  }
  if (best === undefined || best.kind === 'page') return undefined
  if (best.kind === 'ndjson') return { kind: 'ndjson' }
  const { parameters } = best
  return {
    kind: 'csv',
    hasHeader: !parameters.includes('header=absent'),
    escapesFormulas: parameters.includes('formulas=escaped'),
  }
}
