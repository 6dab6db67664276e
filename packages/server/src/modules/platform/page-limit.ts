import { Type } from 'typebox'

const most = 500

/** A number in an address. */
export function wholeNumber(description: string) {
  return Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description }))
}

/** How many entries of a list an answer has. */
export function pageLimit(usual: number) {
  return Type.Optional(
    Type.String({ pattern: '^[1-9][0-9]{0,2}$', description: `${usual} unless told, ${most} at most.` }),
  )
}

/** Reads {@link pageLimit}. */
export function readPageLimit(text: string | undefined, usual: number): number {
  return text === undefined ? usual : Math.min(Number(text), most)
}
