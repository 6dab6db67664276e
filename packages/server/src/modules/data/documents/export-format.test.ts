import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExportFormat } from './export-format.ts'

const formats: [accept: string | undefined, shown: string][] = [
  [undefined, 'page'],
  ['*/*', 'page'],
  ['application/json', 'page'],
  ['text/html,application/xhtml+xml', 'page'],
  ['application/x-ndjson', 'ndjson'],
  ['Application/NDJSON; charset=utf-8', 'ndjson'],
  ['text/csv', 'csv header'],
  ['text/csv;header=absent', 'csv'],
  ['text/csv; header=present; formulas=escaped', 'csv header escaped'],
  ['application/json, text/csv', 'page'],
  ['text/csv, */*', 'csv header'],
  ['application/json;q=0.5, text/csv;q=0.9', 'csv header'],
  ['text/csv;q=0.1, */*;q=0.2', 'page'],
  ['text/csv;q=0', 'page'],
  ['text/csv;q=x', 'page'],
]
for (const [accept, shown] of formats) {
  test(`Accept: ${accept}`, () => {
    const format = readExportFormat(accept)
    const words =
      format?.kind === 'csv'
        ? ['csv', format.hasHeader ? 'header' : '', format.escapesFormulas ? 'escaped' : '']
        : [format?.kind ?? 'page']
    assert.equal(words.filter(Boolean).join(' '), shown)
  })
}
