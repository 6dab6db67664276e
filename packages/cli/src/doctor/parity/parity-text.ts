import type { Terminal } from '../../terminal/terminal.ts'
import { cutTo, harmless } from '../../terminal/text.ts'
import type { ComparedArea, Difference } from './compare.ts'
import type { ExaminedParity } from './examine-parity.ts'

/** Values are as long as anybody likes; the document of --json has them whole. */
const valueWidth = 60

export function parityText(
  { paint }: Pick<Terminal, 'paint'>,
  { here, there, percent, shared, compared, areas }: ExaminedParity,
): string {
  const head =
    percent === undefined
      ? `Nothing of ${there} could be compared with ${here}.`
      : `${paint('bold', `${percent} %`)} of ${there} is as ${here}: ${shared} of ${compared}.`
  return [
    head,
    '',
    ...areas.flatMap(area => {
      const { notCompared } = area
      if (notCompared !== undefined)
        return [`${paint('dim', '–')} ${area.area}: not compared: ${harmless(notCompared)}`]
      if (area.differences.length === 0)
        return [`${paint('green', '✓')} ${area.area}: ${area.compared} the same`]
      return [
        `${paint('yellow', '!')} ${area.area}: ${area.differences.length} of ${area.compared} differ`,
        ...shown(area).map(one => `  ${differenceText(one)}`),
      ]
    }),
  ].join('\n')
}

/** Of a collection that only one side has, its parts go without saying. */
function shown({ differences }: ComparedArea): Difference[] {
  const alone = differences
    .filter(
      ({ name, here, there }) =>
        name.startsWith('collection ') && (here === undefined || there === undefined),
    )
    .map(({ name }) => name.slice('collection '.length))
  return differences.filter(
    ({ name }) => !alone.some(one => new RegExp(`^(field|index|policy) ${one}\\.`).test(name)),
  )
}

function differenceText({ name, here, there }: Difference): string {
  const what = harmless(name)
  if (there === undefined) return `${what}: only here`
  if (here === undefined) return `${what}: only there`
  return `${what}: here ${cutTo(harmless(here), valueWidth)}, there ${cutTo(harmless(there), valueWidth)}`
}
