import { createPrivateKey, createPublicKey } from 'node:crypto'
import type * as OpenId from 'openid-client'
import { signJwt } from '../../tokens/jwt.ts'
import type { Client, Provider } from './provider.ts'

/** Apple takes half a year at most; one is made at least every ten minutes. */
const appleSecretSeconds = 3600

/** How a client proves itself at the provider's token endpoint. */
export function clientAuthOf(
  openId: typeof OpenId,
  { clientAuth = 'post', clientIdParameter }: Provider,
  client: Client,
): OpenId.ClientAuth {
  const secret = clientAuth === 'apple' ? appleSecret(client) : (client.clientSecret ?? '')
  if (clientIdParameter !== undefined)
    return (_server, { client_id }, form) => {
      form.set(clientIdParameter, client_id)
      form.set('client_secret', secret)
    }
  if (secret === '') return openId.None()
  return clientAuth === 'basic' ? openId.ClientSecretBasic(secret) : openId.ClientSecretPost(secret)
}

/** Apple has no secret but a key that signs one. A secret made elsewhere is taken as it is. */
function appleSecret({ clientId, clientSecret, settings = {} }: Client): string {
  const { teamId, keyId, privateKey } = settings
  if (!teamId || !keyId || !privateKey) return clientSecret ?? ''
  const now = Math.floor(Date.now() / 1000)
  const key = createPrivateKey(privateKey.replaceAll(String.raw`\n`, '\n'))
  return signJwt(
    { kid: keyId, algorithm: 'ES256', privateKey: key, publicKey: createPublicKey(key) },
    {
      iss: teamId,
      sub: clientId,
      aud: 'https://appleid.apple.com',
      iat: now,
      exp: now + appleSecretSeconds,
    },
  )
}
