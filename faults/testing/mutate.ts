import type { Random } from './random.ts'

/** What parsers stumble over. */
const splinters = [
  ...'()[]{}.,:;=<>!&|?*%_+-/\\\'"`~^#@$ \t\n',
  '\u0000',
  '\u0001',
  '\u007f',
  '\u2028',
  '\ud800',
  '\udfff',
  '😀',
  'é',
  '--',
  '/*',
  "';",
  '$1',
  '$$',
  '\\u0000',
  '%00',
  '%ff',
  '%',
  'null',
  'true',
  'NaN',
  'Infinity',
  '1e400',
  '-0',
  '9223372036854775808',
  '0x1F',
  '1_000',
  '99999-01-01',
  '2026-02-30T25:61:61Z',
  '-infinity',
  '__proto__',
  'constructor',
  'toString',
  'doc',
  'auth',
  'next',
  'request',
  'ctid',
  'xmin',
  '(?=',
  '(a+)+$',
  '[z-a]',
  '\\d{1,99999}',
  '::text',
  '->',
  '->>',
  'not.',
  '!inner',
]

/** A valid text with a few things wrong, rarely none. */
export function mutate(random: Random, text: string): string {
  let mutant = text
  for (let changes = random.integer(0, 4); changes > 0; changes--) {
    const at = random.integer(0, mutant.length)
    const end = Math.min(mutant.length, at + random.integer(0, 6))
    const [head, part, tail] = [mutant.slice(0, at), mutant.slice(at, end), mutant.slice(end)]
    mutant = random.pick([
      () => head + tail,
      () => head + random.pick(splinters) + part + tail,
      () => head + random.pick(splinters) + tail,
      () => head + part + part + tail,
      () => tail + head,
      () => head,
      () => head + part.repeat(random.integer(2, 200)) + tail,
      () => head + String.fromCharCode(random.integer(0, 0xffff)) + tail,
    ])()
  }
  return mutant.slice(0, 6000)
}
