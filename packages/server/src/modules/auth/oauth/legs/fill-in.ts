import type { Client, Provider } from './provider.ts'

/** A host, a name of a realm, an id: nothing that leads to another path or server. */
const plainValue = /^[\w-]+(\.[\w-]+)*(:\d{1,5})?$/

/** A provider with what the client's settings tell in its addresses; none when one is missing or no plain name. */
export function fillIn(provider: Provider, settings: Client['settings'] = {}): Provider | undefined {
  const { issuer, endpoints } = provider
  let isWhole = true
  const fill = (address: string): string =>
    address.replaceAll(/\{(\w+)\}/g, (hole, name: string) => {
      if (name === 'accessToken') return hole
      const value = settings[name] ?? ''
      isWhole &&= plainValue.test(value)
      return value
    })
  const filled = {
    ...provider,
    ...(issuer === undefined ? {} : { issuer: fill(issuer) }),
    ...(endpoints === undefined
      ? {}
      : {
          endpoints: {
            ...endpoints,
            authorize: fill(endpoints.authorize),
            token: fill(endpoints.token),
            userinfo: fill(endpoints.userinfo),
          },
        }),
  }
  return isWhole ? filled : undefined
}
