/** Where the trace of a request begins: `true` here, or where the function says; undefined has none. */
export type Traceparent = boolean | (() => string | undefined)

/** What gives each request its `traceparent`. */
export function traceparentOf(source: Traceparent = false): () => string | undefined {
  if (typeof source === 'function') return source
  return source ? begin : () => undefined
}

/** `00-<16 bytes>-<8 bytes>-01`: a trace that is to be recorded. */
function begin(): string {
  return `00-${random(16)}-${random(8)}-01`
}

function random(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
