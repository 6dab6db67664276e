import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { styleText } from 'node:util'

/** One thing that must hold: a program that ends with 0 when it does. */
export interface Step {
  readonly name: string
  /** The program, as in node_modules/.bin, and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
}

/** Runs steps, as many at once as there are processors; prints a line for each and the output of those that failed. */
export async function runSteps(steps: readonly Step[]): Promise<boolean> {
  const waiting = [...steps]
  const width = Math.max(...steps.map(({ name }) => name.length))
  let allPassed = true
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const startedAt = performance.now()
      const { passed, output } = await runStep(step)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      allPassed &&= passed
      console.log(
        `${mark(passed)} ${step.name.padEnd(width)} ${styleText('dim', `${seconds.padStart(6)} s`)}`,
      )
      if (!passed) console.log(`${styleText('dim', step.command.join(' '))}\n${output.trim()}\n`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return allPassed
}

export function mark(passed: boolean): string {
  return passed ? styleText('green', '✓') : styleText('red', '✗')
}

async function runStep({ command: [program, ...args] }: Step): Promise<{ passed: boolean; output: string }> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  let output = ''
  child.stdout.on('data', piece => (output += String(piece)))
  child.stderr.on('data', piece => (output += String(piece)))
  return await new Promise(resolve => {
    child.once('error', error => resolve({ passed: false, output: error.message }))
    child.once('close', code => resolve({ passed: code === 0, output }))
  })
}
