import { pureTests, toolTests } from './test-files.ts'
import type { Step } from './steps.ts'

/** What `npm run check` looks at besides the pure tests: needs no database and no browser. */
export const houseSteps: readonly Step[] = [
  // The longest first.
  { name: 'house rules', command: ['node', '--test', '--test-reporter=spec', ...toolTests] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'console', command: ['npm', 'run', 'check', '--silent', '-w', 'packages/console'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: ['oxlint', '--deny-warnings'] },
  { name: 'unused code', command: ['knip'] },
]

export const pureStep: Step = {
  name: 'pure tests',
  command: ['node', '--test', '--test-reporter=dot', ...pureTests],
}
