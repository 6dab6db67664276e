/** A listener that throws harms neither the others nor the connection; its error surfaces as an uncaught one. */
export function callSafely(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
