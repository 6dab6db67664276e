/** Rows as CSV (RFC 4180), with a header; null is an empty field. */
export function toCsv(columns: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const line = (fields: readonly (string | null)[]) => fields.map(quoted).join(',')
  return [line(columns), ...rows.map(line)].join('\r\n') + '\r\n'
}

function quoted(field: string | null): string {
  if (field === null) return ''
  return field === '' || /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
