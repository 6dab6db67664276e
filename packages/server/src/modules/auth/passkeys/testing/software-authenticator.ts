import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** How a device answers, unless it is one that lies. */
export interface Answering {
  readonly origin: string
  readonly rpId: string
  /** It knew its user, by a finger or a PIN. */
  readonly isUserVerified?: boolean
  readonly counter?: number
}

/** One passkey of a device made of software: what a browser would send, without a browser (WebAuthn, level 3). */
export class SoftwareAuthenticator {
  readonly id = randomBytes(32).toString('base64url')
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  #userHandle = ''

  /** Answers options for a new passkey. */
  register(options: unknown, answering: Answering): object {
    const { challenge, user } = options as { challenge: string; user: { id: string } }
    this.#userHandle = user.id
    const credentialId = Buffer.from(this.id, 'base64url')
    const idLength = Buffer.from([credentialId.length >> 8, credentialId.length & 255])
    const attested = Buffer.concat([Buffer.alloc(16), idLength, credentialId, coseKey(this.#keys.publicKey)])
    const authData = authenticatorData(answering, attested)
    const attestationObject = cbor(
      new Map<string, Cbor>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]),
    )
    return {
      ...this.#credential,
      response: {
        clientDataJSON: clientData('webauthn.create', challenge, answering),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal'],
      },
    }
  }

  /** Answers options to sign in. */
  signIn(options: unknown, answering: Answering): object {
    const { challenge } = options as { challenge: string }
    const authData = authenticatorData(answering)
    const clientDataJSON = clientData('webauthn.get', challenge, answering)
    const hash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest()
    return {
      ...this.#credential,
      response: {
        clientDataJSON,
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', Buffer.concat([authData, hash]), this.#keys.privateKey).toString(
          'base64url',
        ),
        userHandle: this.#userHandle,
      },
    }
  }

  get #credential() {
    return { id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {} }
  }
}

const flags = { userPresent: 1, userVerified: 4, attested: 64 }

function authenticatorData(
  { rpId, isUserVerified = true, counter = 0 }: Answering,
  attested?: Buffer,
): Buffer {
  const head = Buffer.alloc(5)
  head[0] =
    flags.userPresent |
    (isUserVerified ? flags.userVerified : 0) |
    (attested === undefined ? 0 : flags.attested)
  head.writeUInt32BE(counter, 1)
  return Buffer.concat([createHash('sha256').update(rpId).digest(), head, attested ?? Buffer.alloc(0)])
}

function clientData(type: string, challenge: string, { origin }: Answering): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })).toString('base64url')
}

/** A key as RFC 9052 writes it: EC2, ES256, P-256, x, y. */
function coseKey(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' })
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x!, 'base64url')],
      [-3, Buffer.from(y!, 'base64url')],
    ]),
  )
}

type Cbor = number | string | Buffer | Map<number | string, Cbor>

/** RFC 8949, as much of it as is needed. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? header(1, -1 - value) : header(0, value)
  if (typeof value === 'string')
    return Buffer.concat([header(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([header(2, value.length), value])
  const entries = [...value].flatMap(([key, item]) => [cbor(key), cbor(item)])
  return Buffer.concat([header(5, value.size), ...entries])
}

function header(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  return length < 256
    ? Buffer.from([(major << 5) | 24, length])
    : Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}
