import autocannon from 'autocannon'

/** One kind of request to repeat. */
export interface Shot {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a round of load showed. */
export interface Round {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const connections = 32
const rounds = 4
const secondsPerRound = 3

/** Fires at the product and at the floor in turn, so that a machine that slows down slows both. */
export async function compare(product: Shot, floor: Shot): Promise<{ product: Round; floor: Round }> {
  await fire(product, 1)
  await fire(floor, 1)
  const seen = { product: [] as Round[], floor: [] as Round[] }
  for (let i = 0; i < rounds; i++) {
    seen.floor.push(await fire(floor, secondsPerRound))
    seen.product.push(await fire(product, secondsPerRound))
  }
  return { product: middle(seen.product), floor: middle(seen.floor) }
}

async function fire(shot: Shot, seconds: number): Promise<Round> {
  const result = await autocannon({
    url: shot.url,
    method: shot.method ?? 'GET',
    headers: { ...shot.headers },
    ...(shot.body === undefined ? {} : { body: shot.body }),
    connections,
    duration: seconds,
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${shot.url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`)
  }
  return { perSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 }
}

function middle(all: readonly Round[]): Round {
  return [...all].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(all.length / 2)]!
}
