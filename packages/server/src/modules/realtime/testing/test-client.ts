import assert from 'node:assert/strict'
import type { Cursor, ServerFrame } from '@cloudbox/protocol/realtime'
import type { Caller, Environment } from '../../../kernel/caller.ts'
import type { Frame } from '../frame.ts'
import type { Receiver } from '../subscription.ts'
import type { Item } from './item-query.ts'

export const testEnvironment: Environment = {
  id: 'e',
  project: 'test',
  name: 'dev',
  schema: 'app',
  role: 'nobody',
  dev: true,
  inert: false,
  limits: {},
}

/** What a client knows of one of its subscriptions. */
export interface ClientView {
  rows: Map<string, Item>
  group: number | undefined
  lsn: string
  resets: string[]
  problem: string | undefined
}

/** A client that believes every frame, and complains about those that break the protocol. */
export class TestClient implements Receiver {
  readonly environment = testEnvironment
  caller: Caller = { kind: 'anonymous' }
  isLagging = false
  readonly frames: ServerFrame[] = []
  readonly views = new Map<number, ClientView>()

  send(frame: Frame): void {
    const parsed = JSON.parse(frame.text) as ServerFrame
    this.frames.push(parsed)
    this.hear(parsed)
  }

  sendSnapshot(frames: readonly Frame[]): boolean {
    for (const frame of frames) this.send(frame)
    return true
  }

  tooSlow(): void {}

  view(id: number): ClientView {
    let view = this.views.get(id)
    if (view === undefined) {
      view = { rows: new Map(), group: undefined, lsn: '', resets: [], problem: undefined }
      this.views.set(id, view)
    }
    return view
  }

  /** The rows of a subscription, by id. */
  rows(id: number): Item[] {
    return [...this.view(id).rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  cursor(id: number, epoch: string): Cursor {
    return { epoch, lsn: this.view(id).lsn }
  }

  hear(frame: ServerFrame): void {
    switch (frame.t) {
      case 'snap':
        assert.equal(this.view(frame.s).group, undefined, 'rows come before live, or after a reset')
        for (const row of frame.rows as unknown as Item[]) {
          assert.ok(!this.view(frame.s).rows.has(row.id), 'a snapshot has every row once')
          this.view(frame.s).rows.set(row.id, row)
        }
        return
      case 'live': {
        const view = this.view(frame.s)
        view.group = frame.g
        view.lsn = frame.lsn
        return
      }
      case 'reset': {
        const view = this.view(frame.s)
        view.rows.clear()
        view.group = undefined
        view.resets.push(frame.why)
        return
      }
      case 'tx':
        this.#apply(frame)
        return
      case 'err':
        this.view(frame.s!).problem = frame.problem.code
    }
  }

  #apply({ lsn, c }: Extract<ServerFrame, { t: 'tx' }>): void {
    for (const view of this.views.values()) {
      const own = c.filter(([, group]) => group === view.group)
      if (own.length === 0) continue
      assert.ok(lsn > view.lsn, `commit order: ${lsn} after ${view.lsn}`)
      view.lsn = lsn
      for (const [op, , key, row] of own) {
        if (op === '-') {
          assert.equal(row, undefined, 'a leave carries the key only')
          view.rows.delete(key)
        } else view.rows.set(key, row as unknown as Item)
      }
    }
  }
}
