import { Problem } from '../../kernel/problem.ts'
import { ConnectionState } from './connection-state.ts'

/**
 * Looks through the frames of a request before it is answered with a stream, and gives the token of `hello`.
 *
 * @throws Problem of the first frame that could not be followed; `placeOf` says where it stands.
 */
export function checkFrames(
  frames: readonly unknown[],
  mostSubscriptions: number,
  placeOf: (index: number) => string,
): string | undefined {
  const state = new ConnectionState(mostSubscriptions)
  const ids = new Set<number>()
  const subscriptions = {
    get count() {
      return ids.size
    },
    has: (id: number) => ids.has(id),
  }
  let token: string | undefined
  frames.forEach((frame, index) => {
    for (const action of state.read(JSON.stringify(frame), subscriptions)) {
      if (action.do === 'greet') token = action.token
      else if (action.do === 'subscribe') ids.add(action.id)
      else if (action.do === 'refuse') {
        const { kind, message, hint } = action.problem
        const at = placeOf(index)
        throw new Problem(kind, `${at}: ${message}`, { hint, errors: [{ at, message }] })
      }
    }
  })
  return token
}
