/**
 * realtime: live queries. A client asks once and hears of every commit that changes the answer.
 *
 * How it flows: a connection (edge) reads frames and hands subscriptions to the broker; the broker has the data module
 * compile the query for its caller, puts it into the group of equal questions and reads the first answer; every commit
 * of the change stream finds its groups by what is in the rows, and each group's clients get the same bytes.
 *
 * Guarantees: SPEC.md, R1–R20: no gap between answer and changes, commit order, only what the policy allows, resume
 * across restarts, and a reset instead of a silent loss.
 * It is not: the language of queries and policies (data, policy), or the log it reads (kernel/stream).
 */
import { authProblems } from '@cloudbox/protocol/auth'
import { defineModule } from '../../kernel/module.ts'
import { on } from '../../kernel/events.ts'
import { auth, sessionsEnded } from '../auth/module.ts'
import { collectionsChanged, data } from '../data/module.ts'
import { directoryChanged, platform } from '../platform/module.ts'
import { Broker } from './broker.ts'
import { realtimeConfig } from './config.ts'
import { listening, type Connection } from './connection.ts'
import type { CollectionsChange } from './definitions.ts'
import { connectionLevels, observeDeliveries } from './deliveries.ts'
import { eventRoutes } from './event-routes.ts'
import { inspectRoutes } from './inspect-routes.ts'
import { createInspector } from './inspect.ts'
import { openSocket } from './open-socket.ts'

export const realtime = defineModule({
  name: 'realtime',
  needs: { platform, auth, data },
  config: realtimeConfig,
  start({ stream, db, log, gate, peers, clock, observer, config }, { platform, data }) {
    const broker = new Broker({
      stream,
      db,
      log,
      config,
      delivered: observeDeliveries(observer),
      definitions: {
        compile: data.compileLive,
        readChange: (event, payload) =>
          event === collectionsChanged.name ? (payload as CollectionsChange) : undefined,
      },
    })
    const connecting = { broker, stream, gate, log, config, clock, observer }
    const open = new Set<Connection>()
    observer.meter(() => connectionLevels(open, broker))
    observer.presence(() => open)
    let isStopping = false
    const opened = (connection: Connection) => {
      open.add(connection)
      if (isStopping) connection.sendAway()
      connection.onClose(() => open.delete(connection))
    }
    return {
      routes: [
        ...eventRoutes({ ...connecting, opened }),
        ...inspectRoutes(createInspector(peers, open, broker)),
      ],
      sockets: [
        {
          path: '/realtime',
          permission: listening,
          summary: 'Live queries: JSON frames, see the guide',
          open: socket => opened(openSocket(socket, connecting)),
        },
      ],
      listeners: [
        on(sessionsEnded, ({ environmentId, sessionIds }) => {
          const ended = new Set(sessionIds)
          for (const connection of open)
            if (connection.isOfSession(environmentId, ended))
              connection.end(authProblems['session-ended'].code, 0)
        }),
        on(directoryChanged, async (_changed, { xid }) => {
          if (open.size === 0) return
          await platform.knows(xid)
          for (const connection of [...open]) await connection.recheck()
        }),
      ],
      stop: () => {
        isStopping = true
        for (const connection of open) connection.sendAway()
        broker.close()
      },
    }
  },
})
