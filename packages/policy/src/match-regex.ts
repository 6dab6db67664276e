import { parseRegex, type RegexNode } from './regex.ts'

/** Tells whether a pattern is found in a text. */
export type RegexMatcher = (text: string) => boolean

/** Instructions of a nondeterministic automaton; `set` goes on to the next one when its character is there. */
type Instruction =
  | { op: 'set'; isNegated: boolean; ranges: readonly (readonly [number, number])[] }
  | { op: 'fork'; targets: readonly number[] }
  | { op: 'start' | 'end' | 'match' }

interface State {
  /** Where the automaton may be, before it follows forks and anchors. */
  places: readonly number[]
  /** The same with forks followed: the sets that wait for a character. */
  sets: readonly number[]
  isMatch: boolean
  isStart: boolean
  ascii: (State | undefined)[]
  others: Map<number, State>
}

/** Past this many states the cache begins anew, so that a hostile text cannot fill the memory. */
const MAX_CACHED_STATES = 500
const matchers = new Map<string, RegexMatcher>()
const MAX_MATCHERS = 1_000

/** The matcher of a pattern that has been checked. */
export function matcherOf(source: string): RegexMatcher {
  let matcher = matchers.get(source)
  if (!matcher) {
    const node = parseRegex(source)
    if ('mistake' in node) throw new TypeError(`pattern: ${node.mistake}`)
    if (matchers.size >= MAX_MATCHERS) matchers.clear()
    matcher = compileRegex(node)
    matchers.set(source, matcher)
  }
  return matcher
}

/**
 * Compiles a pattern to an automaton that is made deterministic as texts need it. JavaScript's own engine backtracks,
 * so that a few characters in a filter could keep it busy for years; this takes time in proportion to the text.
 */
export function compileRegex(root: RegexNode): RegexMatcher {
  const program: Instruction[] = []
  emit(root, program)
  program.push({ op: 'match' })
  const states = new Map<string, State>()
  let start = stateOf([0], true)

  function stateOf(places: readonly number[], isStart: boolean): State {
    const key = `${isStart} ${places.join()}`
    let state = states.get(key)
    if (!state) {
      const { sets, isMatch } = follow(program, places, isStart, false)
      state = { places, sets, isMatch, isStart, ascii: Array.from({ length: 128 }), others: new Map() }
      states.set(key, state)
    }
    return state
  }

  function next(state: State, code: number): State {
    const known = code < 128 ? state.ascii[code] : state.others.get(code)
    if (known) return known
    // A match may begin at any character: the first place is always among them.
    const places = [0]
    for (const place of state.sets) {
      if (isIn(program[place] as Instruction & { op: 'set' }, code)) places.push(place + 1)
    }
    const made = stateOf(places, false)
    if (code < 128) state.ascii[code] = made
    else if (state.others.size < MAX_CACHED_STATES) state.others.set(code, made)
    return made
  }

  return text => {
    let state = start
    for (let i = 0; i < text.length; i++) {
      if (state.isMatch) return true
      const code = text.codePointAt(i) as number
      if (code > 0xffff) i++
      if (states.size > MAX_CACHED_STATES) {
        states.clear()
        start = stateOf([0], true)
        state = stateOf(state.places, state.isStart)
      }
      state = next(state, code)
    }
    return state.isMatch || follow(program, state.places, state.isStart, true).isMatch
  }
}

function isIn(
  { isNegated, ranges }: { isNegated: boolean; ranges: readonly (readonly [number, number])[] },
  code: number,
) {
  return ranges.some(([first, last]) => code >= first && code <= last) !== isNegated
}

/** Follows forks and the anchors that hold here. */
function follow(
  program: readonly Instruction[],
  places: readonly number[],
  isStart: boolean,
  isEnd: boolean,
) {
  const sets: number[] = []
  const seen = new Set<number>()
  const pending = [...places]
  let isMatch = false
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    if (seen.has(place)) continue
    seen.add(place)
    const instruction = program[place] as Instruction
    if (instruction.op === 'set') sets.push(place)
    else if (instruction.op === 'fork') pending.push(...instruction.targets)
    else if (instruction.op === 'match') isMatch = true
    else if (instruction.op === 'start' ? isStart : isEnd) pending.push(place + 1)
  }
  return { sets: sets.sort((a, b) => a - b), isMatch }
}

function emit(node: RegexNode, program: Instruction[]): void {
  switch (node.kind) {
    case 'set':
      program.push({ op: 'set', isNegated: node.isNegated, ranges: node.ranges })
      return
    case 'start':
    case 'end':
      program.push({ op: node.kind })
      return
    case 'sequence':
      for (const part of node.parts) emit(part, program)
      return
    case 'choice':
      emitChoice(node.parts, program)
      return
    case 'repeat':
      emitRepeat(node, program)
  }
}

/** Instructions are written before the places they lead to are known; this reserves one. */
function reserve(program: Instruction[]): (targets: readonly number[]) => void {
  const place = program.push({ op: 'fork', targets: [] }) - 1
  return targets => {
    program[place] = { op: 'fork', targets }
  }
}

function emitChoice(parts: readonly RegexNode[], program: Instruction[]): void {
  if (parts.length === 1) return emit(parts[0] as RegexNode, program)
  const fork = reserve(program)
  const begins: number[] = []
  const leave: ((targets: readonly number[]) => void)[] = []
  for (const part of parts) {
    begins.push(program.length)
    emit(part, program)
    leave.push(reserve(program))
  }
  fork(begins)
  for (const jump of leave) jump([program.length])
}

function emitRepeat({ part, min, max }: RegexNode & { kind: 'repeat' }, program: Instruction[]): void {
  for (let i = 0; i < min; i++) emit(part, program)
  if (max === Infinity) {
    const loop = program.length
    const fork = reserve(program)
    emit(part, program)
    reserve(program)([loop])
    fork([loop + 1, program.length])
    return
  }
  const skips: [place: number, (targets: readonly number[]) => void][] = []
  for (let i = min; i < max; i++) {
    skips.push([program.length + 1, reserve(program)])
    emit(part, program)
  }
  for (const [body, skip] of skips) skip([body, program.length])
}
