import { FinalError } from '../mail/final-error.ts'

/** A provider has not taken a message: what it refuses today it will refuse in a minute; what it cannot do now it may later. */
export function refuseAnswer(name: string, status: number, reason?: string): never {
  const text = `${name} answered ${[status, reason].filter(Boolean).join(', ')}`
  const isForGood = status >= 400 && status < 500 && status !== 408 && status !== 429
  throw isForGood ? new FinalError(text) : new Error(text)
}
