/** One bar of a picture. */
interface Bar {
  readonly label: string
  /** What is told at its end. */
  readonly text: string
  /** Parts of it, from left to right, in the picture's unit. */
  readonly parts: readonly { readonly value: number; readonly series: number }[]
}

/** Bars that belong together. */
interface BarGroup {
  readonly label: string
  readonly bars: readonly Bar[]
  /** Bars of the group are measured against this; without it against the longest bar of the picture. */
  readonly scale?: number
}

interface BarPicture {
  readonly title: string
  readonly subtitle: string
  readonly series: readonly string[]
  readonly groups: readonly BarGroup[]
  /** A line the bars should reach, or should not. */
  readonly mark?: { readonly value: number; readonly label: string }
}

const width = 720
const left = 176
const right = 150
const barHeight = 16

/** Draws horizontal bars as SVG that can be read on a light and on a dark page. */
export function bars({ title, subtitle, series, groups, mark }: BarPicture): string {
  const room = width - left - right
  const longest = Math.max(mark?.value ?? 0, ...groups.flatMap(({ bars: all }) => all.map(lengthOf)))
  const out: string[] = []
  let y = 74
  for (const { label, bars: all, scale = longest } of groups) {
    const middle = y + (all.length * (barHeight + 4)) / 2 - 2
    out.push(text(left - 12, middle + 4, label, 'label', 'end'))
    for (const bar of all) {
      let x = left
      for (const { value, series: color } of bar.parts) {
        const length = Math.max(1, (value / scale) * room)
        out.push(
          `<rect class="s${color}" x="${fixed(x)}" y="${y}" width="${fixed(length)}" height="${barHeight}" rx="2"/>`,
        )
        x += length
      }
      out.push(text(x + 8, y + 12.5, bar.text, 'value'))
      y += barHeight + 4
    }
    y += 12
  }
  if (mark !== undefined) {
    const x = fixed(left + (mark.value / longest) * room)
    out.push(`<line class="mark" x1="${x}" x2="${x}" y1="66" y2="${y - 10}"/>`)
    out.push(text(Number(x), y + 4, mark.label, 'note', 'middle'))
    y += 14
  }
  let legendX = left
  const legend = series.map((name, i) => {
    const item = `<rect class="s${i}" x="${legendX}" y="48" width="10" height="10" rx="2"/>${text(legendX + 16, 57, name, 'note')}`
    legendX += 34 + name.length * 6.4
    return item
  })
  const height = y + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(title)}</title>
<style>
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #57606a }
.title { font-size: 15px; font-weight: 600; fill: #1f2328 }
.label, .value { fill: #1f2328 }
.value { font-variant-numeric: tabular-nums }
.s0 { fill: #2f6feb } .s1 { fill: #b9c1cb }
.mark { stroke: #cf5b29; stroke-width: 1.5; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #9aa4af } .title, .label, .value { fill: #e6edf3 }
  .s0 { fill: #539bf5 } .s1 { fill: #535d69 } .mark { stroke: #f0883e }
}
</style>
${text(0, 18, title, 'title')}
${text(0, 37, subtitle, 'note')}
${legend.join('\n')}
${out.join('\n')}
</svg>
`
}

function lengthOf({ parts }: Bar): number {
  return parts.reduce((sum, { value }) => sum + value, 0)
}

function text(x: number, y: number, content: string, kind: string, anchor = 'start'): string {
  return `<text class="${kind}" x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}
