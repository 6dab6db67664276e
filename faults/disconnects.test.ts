import assert from 'node:assert/strict'
import { createClient } from '@cloudbox/client'
import { startCuttingProxy } from './testing/cutting-proxy.ts'
import { faultTest, rounds } from './testing/fault-test.ts'
import { everything, someQueries } from './testing/queries.ts'
import { bugsOf, startServerProcess } from './testing/server-process.ts'
import { makeThings, Writer } from './testing/writers.ts'

const disconnects = 1000 * rounds
const clientCount = 40

faultTest(
  `${disconnects} lines cut at any byte while others write: nothing is missing, nothing comes twice`,
  async (t, random) => {
    const server = await startServerProcess(t)
    await makeThings(server)
    const enough = Promise.withResolvers<void>()
    const proxy = await startCuttingProxy(t, {
      targetPort: server.port,
      // Some within the handshake or the first answer, at any byte; the others below, at any moment.
      cutAfterBytes: () =>
        proxy.cuts < disconnects && random.chance(0.3) ? random.integer(1, 6000) : undefined,
      wasCut: () => {
        if (proxy.cuts >= disconnects) enough.resolve()
      },
    })
    const direct = createClient(server.environmentUrl, server.secretKey)
    t.after(() => direct.close())
    const writers = [0, 1].map(number => new Writer(t, number, direct, random))
    const token = await server.token('ada')
    const clients = Array.from({ length: clientCount }, (_, at) => {
      const isUser = at % 2 === 1
      const url = `http://127.0.0.1:${proxy.port}/demo/dev`
      const box = createClient(
        url,
        isUser ? server.publishableKey : server.secretKey,
        isUser ? { token } : {},
      )
      t.after(() => box.close())
      const asked = [...(isUser ? [] : [everything]), random.pick(someQueries), random.pick(someQueries)]
      const watched = [...new Set(asked)].map(query => ({ query, witness: query.watch(box, writers) }))
      return { isUser, watched }
    })
    const witnesses = clients.flatMap(({ watched }) => watched.map(({ witness }) => witness))

    let isOver = false
    const writing = writers.map(async writer => {
      while (!isOver) {
        await writer.write()
        for (const witness of witnesses) witness.check()
        if (proxy.cuts < disconnects) for (const line of proxy.lines) if (random.chance(0.06)) line.cut()
      }
    })
    await Promise.race([enough.promise, Promise.all(writing)])
    isOver = true
    await Promise.all(writing)

    const user = createClient(server.environmentUrl, server.publishableKey, { token })
    for (const { isUser, watched } of clients) {
      for (const { query, witness } of watched) await witness.shows(await query.ask(isUser ? user : direct))
    }
    assert.deepEqual(bugsOf(server), [])
    t.diagnostic(
      `${proxy.cuts} cuts, ${writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)} writes, ${witnesses.reduce((sum, { snapshots }) => sum + snapshots, 0)} snapshots`,
    )
  },
)
