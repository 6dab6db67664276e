import type { Environment } from '@cloudbox/server/kernel/caller'
import { Observation } from '@cloudbox/server/kernel/observation'
import { Observer } from '@cloudbox/server/kernel/observer'
import { Recorder } from '@cloudbox/server/modules/monitoring/counting/recorder'
import { Keeper } from '@cloudbox/server/modules/monitoring/kept/keeper'

const times = 300_000

/**
 * Processor time of all that is done for one request because it is counted, µs: an observation that follows its promises, one
 * statement, and everybody who hears of it. The same promises without it are taken off.
 */
export async function oneRecordingUs(): Promise<number> {
  const clock = { now: () => Date.now(), onJump: () => () => {} }
  const observer = new Observer()
  const recorder = new Recorder(clock, () => [])
  const keeper = new Keeper({ slowMs: 500, refusedPercent: 1, keptPerMinute: 6 }, clock)
  observer.hear(observation => recorder.hear(observation))
  observer.hear(observation => keeper.hear(observation))
  const operation = observer.operation('request', 'GET /data/:collection')
  const environment = { id: '0197c5a4-7a3e-7c11-9d55-1f0a3b7d2c11' } as Environment
  const job = { text: 'select 1', rows: [1], askedAtMs: performance.now() }
  const answered = Promise.resolve()
  const work = async () => {
    await answered
    await answered
  }
  const recorded = async () => {
    const observation = new Observation(operation)
    observation.environment = environment
    await observer.within(observation, work)
    observation.answered(job as never)
    observation.status = 200
    observation.durationMs = performance.now() - observation.startedAtMs
    observer.done(observation)
  }
  const measure = async (one: () => Promise<void>) => {
    for (let i = 0; i < times / 3; i++) await one()
    const before = process.cpuUsage()
    for (let i = 0; i < times; i++) await one()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / times
  }
  const plain = await measure(work)
  return (await measure(recorded)) - plain
}
