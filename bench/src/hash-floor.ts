// The floor of signing in: nothing but the hash of a password, as many at once as there are cores for it.
import { hash, verify } from '@node-rs/argon2'
import { answerParent } from './answer-parent.ts'

const stored = await hash('correct horse', { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

async function verifyFor({ ms, atOnce }: { ms: number; atOnce: number }) {
  let count = 0
  const start = performance.now()
  const lane = async () => {
    while (performance.now() - start < ms) {
      await verify(stored, 'correct horse')
      count++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { count, ms: performance.now() - start }
}

answerParent({}, { verify: verifyFor })
process.on('SIGINT', () => process.exit(0))
