import { parseOptions, verify } from '@node-rs/argon2'
import { HashMistake, maxMemoryBytes, type HashReader } from './hash-reader.ts'

/** Memory times passes: about two seconds of one core. */
const maxKibibytePasses = 1_048_576
const maxLanes = 16

/** Argon2i, d and id of any parameters, as the reference implementation writes them. */
export const argon2: HashReader = {
  start: /^\$argon2(id|i|d)\$/,
  read(text) {
    // A text without a version is of version 16, before there was another; the library would take it for 19.
    const versioned = text.replace(/^(\$argon2[id]{1,2}\$)(?=m=)/, '$1v=16$')
    const { memoryCost, timeCost, parallelism } = parse(versioned)
    if (memoryCost * 1024 > maxMemoryBytes)
      throw new HashMistake(`It takes ${memoryCost} KiB of memory; ${maxMemoryBytes / 1024} are allowed.`)
    if (memoryCost * timeCost > maxKibibytePasses)
      throw new HashMistake(`Memory (KiB) times passes is over ${maxKibibytePasses}.`)
    if (parallelism > maxLanes)
      throw new HashMistake(`It takes ${parallelism} lanes; ${maxLanes} are allowed.`)
    return password => verify(versioned, password)
  },
}

function parse(text: string) {
  try {
    return parseOptions(text)
  } catch (cause) {
    throw new HashMistake('It should look like $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>.', { cause })
  }
}
