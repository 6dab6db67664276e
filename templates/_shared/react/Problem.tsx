import type { CloudBoxError } from '@cloudbox/client'

/** What went wrong, and what to do about it. */
export function Problem({ error, onRetry }: { error: CloudBoxError; onRetry?: () => void }) {
  return (
    <p className="problem" role="alert">
      {error.message} {error.hint}
      {onRetry && (
        <button className="quiet" onClick={onRetry}>
          Try again
        </button>
      )}
    </p>
  )
}
