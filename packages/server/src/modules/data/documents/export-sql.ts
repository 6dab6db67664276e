import { raw, sql, type Sql } from '../../../kernel/sql.ts'
import { extraColumn } from '../collection.ts'
import { cellsSql, fieldCell, headerLine, lineSql, outputCell, type Cell } from './csv-sql.ts'
import type { ExportFormat } from './export-format.ts'
import { groupRowsSql, groupsSql, orderedGroupsSql } from './grouped-sql.ts'
import type { Grouping, ListPlan } from './plan.ts'
import { documentSql } from './row-json.ts'
import { embedSql, listConditions, orderedSql, outputsSql, predicateFrom } from './to-sql.ts'

/** A statement whose rows are lines, in one column `j`, and the line before them. */
export interface ExportSql {
  readonly lines: Sql
  readonly header: string | undefined
}

/** The whole list, line by line. */
export function exportSql(plan: ListPlan, format: ExportFormat): ExportSql {
  const { grouping } = plan
  if (grouping !== undefined) return groupLines(plan, grouping, format)
  const { shape, limit } = plan
  const rows = orderedSql(plan, listConditions(plan), limit)
  if (format.kind === 'ndjson') {
    const document = documentSql('d', 'r', shape.withExtra)
    const lines = sql`select ${document}::text as "j" from (${rows}) d cross join lateral (select ${outputsSql(shape, 'd')}) r`
    return { lines, header: undefined }
  }
  const cells = shape.outputs.map((output): Cell => {
    if (output.kind === 'value') return outputCell('d', output)
    return { name: output.name, text: sql`(${embedSql(output.embed, 'd')})::text`, isWritten: false }
  })
  if (shape.withExtra)
    cells.push({ name: 'extraFields', text: sql`d.${raw(`"${extraColumn}"`)}::text`, isWritten: false })
  return csv(cells, rows, 'd', format)
}

function groupLines(plan: ListPlan, grouping: Grouping, format: ExportFormat): ExportSql {
  const groups = sql`(${groupsSql(grouping, 'd', predicateFrom(plan))})`
  if (format.kind === 'ndjson')
    return {
      lines: sql`select q."j"::text as "j" from (${groupRowsSql(grouping, groups, plan.limit)}) q`,
      header: undefined,
    }
  const cells = grouping.columns.map(({ field }) => fieldCell('g', field))
  return csv(cells, orderedGroupsSql(grouping, groups, plan.limit), 'g', format)
}

function csv(
  cells: readonly Cell[],
  rows: Sql,
  row: string,
  format: ExportFormat & { kind: 'csv' },
): ExportSql {
  const line = lineSql('r', cells, format.escapesFormulas)
  return {
    lines: sql`select ${line} as "j" from (${rows}) ${raw(row)} cross join lateral (select ${cellsSql(cells)}) r`,
    header: format.hasHeader ? headerLine(cells) : undefined,
  }
}
