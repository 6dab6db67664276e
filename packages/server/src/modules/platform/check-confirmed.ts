import { platformProblems } from '@cloudbox/protocol/platform'
import { Problem } from '../../kernel/problem.ts'

/** What is removed has to be named once more. @throws Problem `platform/confirmation-needed` */
export function checkConfirmed(confirm: string | undefined, name: string): void {
  if (confirm === name) return
  throw new Problem(platformProblems['confirmation-needed'], `This removes ${name} and everything in it.`, {
    hint: `Add ?confirm=${name} to the address.`,
  })
}
