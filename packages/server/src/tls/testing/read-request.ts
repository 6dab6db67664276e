import { createPublicKey, verify, type KeyObject } from 'node:crypto'

interface Part {
  readonly tag: number
  readonly whole: Buffer
  readonly content: Buffer
}

/** What a certificate is asked for, of a request (PKCS #10) whose signature is checked. */
export function readRequest(request: Buffer): { readonly names: string[]; readonly publicKey: KeyObject } {
  const [info, , signature] = partsOf(partsOf(request)[0]!.content)
  const [, , spki, attributes] = partsOf(info!.content)
  const publicKey = createPublicKey({ key: spki!.whole, type: 'spki', format: 'der' })
  // The first byte of bits tells how many are unused.
  if (!verify('sha256', info!.whole, publicKey, signature!.content.subarray(1)))
    throw new Error('the request is not signed with its key')
  return { names: namesIn(attributes!.content), publicKey }
}

/** Every DNS name anywhere below: they are the only parts with this tag. */
function namesIn(content: Buffer): string[] {
  return partsOf(content).flatMap(part => {
    if (part.tag === 0x82) return [part.content.toString()]
    return part.tag === 0x04 || (part.tag & 0x20) !== 0 ? namesIn(part.content) : []
  })
}

function partsOf(bytes: Buffer): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at + 1]!
    const many = first < 0x80 ? 0 : first & 0x7f
    const length = many === 0 ? first : bytes.readUIntBE(at + 2, many)
    const from = at + 2 + many
    parts.push({
      tag: bytes[at]!,
      whole: bytes.subarray(at, from + length),
      content: bytes.subarray(from, from + length),
    })
    at = from + length
  }
  return parts
}
