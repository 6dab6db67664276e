import assert from 'node:assert/strict'

/** Words that stand in no answer: of SQL, of Postgres, of a stack. */
const innards =
  /node_modules|\.[tj]s:\d+|\bat (?:async )?\w+[\w.]* \(|syntax error at or near|SQLSTATE|\$\d+::|\brelation "|operator does not exist|byte sequence|function \w+\(.*\) does not exist|cb_[a-z]+_[0-9a-f]{8}|information_schema|pg_catalog/

/** An answer is right or a problem that says what is wrong with the question; never a shrug, never our innards. */
export function checkAnswer(status: number, text: string, asked: string): void {
  const answer = `${asked.slice(0, 600)}\n→ ${status} ${text.slice(0, 1500)}`
  assert.ok(status !== 500 && status < 600, answer)
  if (status < 400) return
  const problem = parse(text) as { code?: unknown; detail?: unknown } | undefined
  assert.ok(typeof problem?.code === 'string' && typeof problem.detail === 'string', answer)
  assert.match(problem.code, /^[a-z]+\/[a-z-]+$/, answer)
  assert.notEqual(problem.code, 'http/internal', answer)
  // What was asked may be quoted.
  const own = innards.exec(text)?.[0]
  assert.ok(own === undefined || asked.includes(own), `${answer}\nsays ${own}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
