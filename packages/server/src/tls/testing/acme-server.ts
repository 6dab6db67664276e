import { createHash, createPublicKey, randomBytes, verify, type JsonWebKey } from 'node:crypto'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { certificateBy, testCa, type TestCa } from './certificates.ts'
import { readRequest } from './read-request.ts'

/** A certificate authority on this machine: RFC 8555 with http-01, which it looks at for real. */
export interface AcmeServer {
  readonly directoryUrl: string
  readonly ca: TestCa
  /** Where it looks for names instead of their port 80. */
  httpPort: number
  /** How long its certificates are good. */
  lifeMs: number
  /** Refuses new orders with 429 and this many seconds. */
  retryAfter: number | undefined
  /** The next signed requests are told that their nonce is not good. */
  badNonces: number
  /** Names in the orders that were made. */
  readonly orders: string[]
  /** Accounts, by their contacts. */
  readonly accounts: string[][]
}

interface Order {
  readonly name: string
  readonly token: string
  state: 'pending' | 'ready' | 'valid' | 'invalid'
  error?: object
  certificate?: string
}

class Refused extends Error {
  readonly type: string
  readonly status: number
  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = `urn:ietf:params:acme:error:${type}`
    this.status = status
  }
}

export async function startAcmeServer(cleanup: { after(work: () => void): void }): Promise<AcmeServer> {
  const ca = testCa()
  const nonces = new Set<string>()
  const keys: { jwk: JsonWebKey; thumbprint: string }[] = []
  const orders: Order[] = []
  const state = {
    directoryUrl: '',
    ca,
    httpPort: 80,
    lifeMs: 90 * 86_400_000,
    retryAfter: undefined as number | undefined,
    badNonces: 0,
    orders: [] as string[],
    accounts: [] as string[][],
  }
  let base = ''

  /** Checks nonce, address and signature; answers with who asks and what for. */
  const open = async (request: IncomingMessage) => {
    const body = JSON.parse(await text(request)) as Record<'protected' | 'payload' | 'signature', string>
    const header = fromBase64<{ alg: string; nonce: string; url: string; kid?: string; jwk?: JsonWebKey }>(
      body.protected,
    )
    if (!nonces.delete(header.nonce) || state.badNonces > 0) {
      if (state.badNonces > 0) state.badNonces--
      throw new Refused('badNonce', 'This nonce is not good.')
    }
    if (header.url !== `${base}${request.url}`)
      throw new Refused('unauthorized', 'It is signed for another address.')
    const account = header.kid === undefined ? -1 : Number(header.kid.split('/').at(-1))
    const jwk = header.jwk ?? keys[account]?.jwk
    if (jwk === undefined) throw new Refused('accountDoesNotExist', 'Who is this?')
    const signed = Buffer.from(`${body.protected}.${body.payload}`)
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const signature = Buffer.from(body.signature, 'base64url')
    if (header.alg !== 'ES256' || !verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature))
      throw new Refused('malformed', 'The signature is wrong.')
    return { jwk, account, payload: body.payload === '' ? undefined : fromBase64<never>(body.payload) }
  }

  const orderBody = (order: Order, index: number) => ({
    status: order.state,
    authorizations: [`${base}/authz/${index}`],
    finalize: `${base}/finalize/${index}`,
    ...(order.error === undefined ? {} : { error: order.error }),
    ...(order.certificate === undefined ? {} : { certificate: `${base}/certificate/${index}` }),
  })

  const answers: Record<
    string,
    (asked: Awaited<ReturnType<typeof open>>, index: number) => Reply | Promise<Reply>
  > = {
    account: ({ jwk, payload }) => {
      const { contact = [], termsOfServiceAgreed } = payload as unknown as {
        contact?: string[]
        termsOfServiceAgreed?: boolean
      }
      if (termsOfServiceAgreed !== true) throw new Refused('userActionRequired', 'Agree to the terms.')
      const thumbprint = thumbprintOf(jwk)
      let index = keys.findIndex(known => known.thumbprint === thumbprint)
      if (index === -1) {
        index = keys.push({ jwk, thumbprint }) - 1
        state.accounts.push(contact)
      }
      return { status: 201, body: { status: 'valid' }, location: `${base}/accounts/${index}` }
    },
    order: ({ payload }) => {
      const { identifiers } = payload as unknown as { identifiers: { value: string }[] }
      const name = identifiers[0]!.value
      if (state.retryAfter !== undefined) throw new Refused('rateLimited', 'Too many orders.', 429)
      state.orders.push(name)
      const order: Order = { name, token: randomBytes(24).toString('base64url'), state: 'pending' }
      const index = orders.push(order) - 1
      return { status: 201, body: orderBody(order, index), location: `${base}/orders/${index}` }
    },
    orders: (_asked, index) => ({ body: orderBody(orders[index]!, index) }),
    authz: (_asked, index) => {
      const { state: status, token, error, name } = orders[index]!
      const seen = status === 'pending' || status === 'invalid' ? status : 'valid'
      const challenge = { type: 'http-01', url: `${base}/challenge/${index}`, token, status: seen, error }
      return { body: { status: seen, identifier: { type: 'dns', value: name }, challenges: [challenge] } }
    },
    challenge: async ({ account }, index) => {
      const order = orders[index]!
      const problem = await look(order, keys[account]!.thumbprint, state.httpPort)
      order.state = problem === undefined ? 'ready' : 'invalid'
      if (problem !== undefined) order.error = { type: problem.type, detail: problem.message }
      return { body: { status: 'processing' } }
    },
    finalize: ({ payload }, index) => {
      const order = orders[index]!
      const { csr } = payload as unknown as { csr: string }
      if (order.state !== 'ready') throw new Refused('orderNotReady', 'It has not been proven.', 403)
      const { names, publicKey } = readRequest(Buffer.from(csr, 'base64url'))
      if (names.join() !== order.name) throw new Refused('badCSR', `It is for ${names.join()}.`)
      order.certificate = certificateBy(ca, { publicKey, name: order.name, lifeMs: state.lifeMs }) + ca.cert
      order.state = 'valid'
      return { body: orderBody(order, index) }
    },
    certificate: (_asked, index) => ({ body: orders[index]!.certificate! }),
  }

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const nonce = randomBytes(12).toString('base64url')
    nonces.add(nonce)
    response.setHeader('replay-nonce', nonce)
    const [, word = '', index = ''] = request.url!.split('/')
    if (word === 'directory')
      return send(response, {
        body: { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` },
      })
    if (word === 'nonce') return send(response, { status: 204, body: '' })
    try {
      return send(response, await answers[word]!(await open(request), Number(index)))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.status === 429) response.setHeader('retry-after', String(state.retryAfter))
      return send(response, { status: error.status, body: { type: error.type, detail: error.message } })
    }
  }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  state.directoryUrl = `${base}/directory`
  cleanup.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return state
}

interface Reply {
  readonly status?: number
  readonly body: object | string
  readonly location?: string
}

function send(response: ServerResponse, { status = 200, body, location }: Reply): void {
  const isText = typeof body === 'string'
  response.writeHead(status, {
    'content-type': isText ? 'application/pem-certificate-chain' : 'application/json',
    ...(location === undefined ? {} : { location }),
  })
  response.end(isText ? body : JSON.stringify(body))
}

/** Asks what the name's port 80 answers. */
function look({ name, token }: Order, thumbprint: string, port: number): Promise<Refused | undefined> {
  const path = `/.well-known/acme-challenge/${token}`
  return new Promise(resolve => {
    const asking = get({ host: '127.0.0.1', port, path, headers: { host: name }, agent: false }, response => {
      void text(response).then(answer =>
        resolve(
          answer === `${token}.${thumbprint}`
            ? undefined
            : new Refused('unauthorized', `${name} answers "${answer.slice(0, 80)}".`),
        ),
      )
    })
    asking.once('error', error => resolve(new Refused('connection', `${name}: ${error.message}`)))
  })
}

function thumbprintOf({ crv, kty, x, y }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

function fromBase64<T>(text: string): T {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as T
}
