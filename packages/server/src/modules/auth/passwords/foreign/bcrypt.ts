import { verify } from '@node-rs/bcrypt'
import { HashMistake, type HashReader } from './hash-reader.ts'

const shape = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
/** About two seconds of one core. */
const maxCost = 15
/** Bcrypt never looked at more. */
const passwordBytes = 72

/** Bcrypt as all libraries write it today. `$2x$`, of a library that hashed wrongly, is refused. */
export const bcrypt: HashReader = {
  start: /^\$2[a-z]?\$/,
  read(text) {
    const cost = Number(shape.exec(text)?.[1])
    if (Number.isNaN(cost))
      throw new HashMistake('It should look like $2b$10$ and 53 characters; $2a$ and $2y$ are fine too.')
    if (cost < 4 || cost > maxCost)
      throw new HashMistake(`Its cost is ${cost}; from 4 to ${maxCost} is allowed.`)
    return password => verify(Buffer.from(password).subarray(0, passwordBytes), text)
  },
}
