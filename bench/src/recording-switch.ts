import { defineModule, type AnyModule } from '@cloudbox/server/kernel/module'
import type { HearObservation } from '@cloudbox/server/kernel/observer'

/** Lets nobody hear what is done, and lets them hear it again: everything else stays as it is. */
export interface RecordingSwitch {
  /** Has to start before those who listen. */
  readonly module: AnyModule
  readonly record: (question: { readonly isOn: boolean }) => object
}

export function recordingSwitch(): RecordingSwitch {
  const hearers: HearObservation[] = []
  let stops: (() => void)[] = []
  let hear: (hearer: HearObservation) => () => void
  return {
    module: defineModule({
      name: 'recordingSwitch',
      start({ observer }) {
        hear = observer.hear.bind(observer)
        observer.hear = hearer => {
          hearers.push(hearer)
          stops.push(hear(hearer))
          return () => {}
        }
        return {}
      },
    }),
    record: ({ isOn }) => {
      for (const stop of stops) stop()
      stops = isOn ? hearers.map(hear) : []
      return {}
    },
  }
}
