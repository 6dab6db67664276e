import { createInterface } from 'node:readline'
import { endWithParent } from './end-with-parent.ts'

/** What a child process does with what its parent asks, by the question's `do`. */
export type Answers = Readonly<Record<string, (question: never) => unknown>>

/** Says that the process is ready, then answers the parent's questions one after another, each with one line of JSON. */
export function answerParent(ready: object, answers: Answers): void {
  const say = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer ?? null)}\n`)
  endWithParent()
  createInterface({ input: process.stdin }).on('line', async line => {
    const question = JSON.parse(line) as { do: string }
    say(await answers[question.do]!(question as never))
  })
  say(ready)
}
