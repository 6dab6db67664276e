// Clients that do nothing but refresh their sessions, each with the token of the answer before.
import { Agent, request } from 'node:http'
import { answerParent } from './answer-parent.ts'
import { percentile } from './figure.ts'

interface Refreshes {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** One client each. */
  readonly tokens: readonly string[]
  readonly ms: number
}

const agent = new Agent({ keepAlive: true })

function refresh(url: string, headers: Refreshes['headers'], refreshToken: string): Promise<string> {
  const body = JSON.stringify({ refreshToken })
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent, headers }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', piece => (text += piece))
      answer.once('end', () => {
        if (answer.statusCode !== 200) return reject(new Error(text))
        resolve((JSON.parse(text) as { refreshToken: string }).refreshToken)
      })
    })
    asked.on('error', reject).end(body)
  })
}

async function refreshFor({ url, headers, tokens, ms }: Refreshes) {
  const latencies: number[] = []
  const start = performance.now()
  const lasts = await Promise.all(
    tokens.map(async token => {
      let last = token
      while (performance.now() - start < ms) {
        const sentAt = performance.now()
        last = await refresh(url, headers, last)
        latencies.push(performance.now() - sentAt)
      }
      return last
    }),
  )
  return {
    count: latencies.length,
    ms: performance.now() - start,
    p99Ms: percentile(latencies, 0.99),
    tokens: lasts,
  }
}

answerParent({}, { refresh: refreshFor })
process.on('SIGINT', () => process.exit(0))
