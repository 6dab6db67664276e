import type { CloudBoxError } from '@cloudbox/client'
import { Show } from 'solid-js'

/** What went wrong, and what to do about it. */
export function Problem(props: { error: CloudBoxError; onRetry?: (() => void) | undefined }) {
  return (
    <p class="problem" role="alert">
      {props.error.message} {props.error.hint}
      <Show when={props.onRetry}>
        <button class="quiet" onClick={() => props.onRetry?.()}>
          Try again
        </button>
      </Show>
    </p>
  )
}
