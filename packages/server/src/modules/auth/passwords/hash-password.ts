import { hash, verify } from '@node-rs/argon2'

export interface Hasher {
  hash(password: string): Promise<string>
  verify(stored: string, password: string): Promise<{ isRight: boolean; needsRehash: boolean }>
  verifyNothing(password: string): Promise<void>
}
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
export function createHasher(): Hasher {
  const nothing = hash('nothing', options)
  return {
    hash: password => hash(password.normalize('NFC'), options),
    verify: async (stored, password) => ({
      isRight: await verify(stored, password.normalize('NFC')),
      needsRehash: false,
    }),
    verifyNothing: async password => void (await verify(await nothing, password)),
  }
}
