import { compared, plain, type Figure } from '../figure.ts'
import { cpuBelow, cpuOf } from '../processes.ts'
import type { Report } from '../report.ts'
import { caller, setStage } from '../stage.ts'
import { task, tasks } from '../task.ts'

const rows = 100_000
const batches = [1000, 10_000]
const rounds = 2

/** Many documents through the API, against COPY. */
export async function bulk(say: (text: string) => void): Promise<Report> {
  const stage = await setStage({ documents: 0, say })
  const { product, floor, call } = stage
  const send = caller(product.ready.base, product.ready.secretKey)
  const seen = batches.map(batch => ({
    batch,
    ms: [] as number[],
    copyMs: [] as number[],
    serverMs: 0,
    postgresMs: 0,
  }))
  let from = 0
  try {
    for (const { batch } of seen) await call('/data/$collections', { ...tasks, name: `tasks_${batch}` })
    for (let round = 0; round < rounds; round++) {
      for (const place of seen) {
        say(`bulk: COPY, then ${place.batch} at a time, round ${round + 1} of ${rounds}`)
        const { ms } = await floor.ask<{ ms: number }>({ do: 'copy', from, count: rows })
        place.copyMs.push(ms)
        const before = { server: cpuOf(product.pid), postgres: cpuBelow(product.pid) }
        const start = performance.now()
        for (let at = 0; at < rows; at += place.batch)
          await send(
            `/data/tasks_${place.batch}`,
            Array.from({ length: place.batch }, (_, i) => task(from + at + i)),
          )
        place.ms.push(performance.now() - start)
        place.serverMs += cpuOf(product.pid) - before.server
        place.postgresMs += cpuBelow(product.pid) - before.postgres
        from += rows
      }
    }
  } finally {
    await stage.stop()
  }
  const perSecond = (ms: number) => (rows / ms) * 1000
  return {
    title: 'Bulk insert',
    about: `${rows.toLocaleString('en')} documents through the API, one request after another with a secret key, each batch checked and in one transaction, and read by the change stream; against COPY of the same rows into the same kind of table. ${rounds} rounds, in turn.`,
    figures: seen.flatMap(({ batch, ms, copyMs, serverMs, postgresMs }): Figure[] => {
      const name = `batches of ${batch.toLocaleString('en')}`
      return [
        compared(name, 'rows/s', ms.map(perSecond), copyMs.map(perSecond)),
        plain(`${name}: processor time of the server`, 'µs/row', (serverMs * 1000) / rows / rounds),
        plain(`${name}: processor time of Postgres`, 'µs/row', (postgresMs * 1000) / rows / rounds),
      ]
    }),
  }
}
