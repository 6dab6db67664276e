/** Where a client is made and what to choose there, of the providers that are set up most. */
interface Steps {
  readonly where: string
  readonly what: string
}

const known: Readonly<Record<string, Steps>> = {
  google: {
    where: 'Google Cloud console → APIs & Services → Credentials → Create credentials → OAuth client ID',
    what: 'Choose Web application and put the redirect address under Authorized redirect URIs. On the consent screen, add the scopes openid, email and profile.',
  },
  github: {
    where: 'Settings → Developer settings → OAuth Apps → New OAuth App',
    what: 'The redirect address is the Authorization callback URL. Then generate a new client secret.',
  },
  microsoft: {
    where: 'Microsoft Entra admin center → App registrations → New registration',
    what: 'Choose who may sign in, and add a redirect URI of the platform Web. Under Certificates & secrets make a client secret and copy its value, not its id.',
  },
  discord: {
    where: 'Discord developer portal → New Application → OAuth2',
    what: 'Add the redirect address under Redirects. Client id and Reset Secret are on the same page.',
  },
  apple: {
    where: 'Certificates, Identifiers & Profiles',
    what: 'It takes an App ID with Sign in with Apple, a Services ID (its identifier is the client id) with the redirect address among its Return URLs, and a key with Sign in with Apple: its .p8 file is the private key.',
  },
}

export function stepsOf({ id, name }: { readonly id: string; readonly name: string }): Steps {
  return (
    known[id] ?? {
      where: `Where apps are registered at ${name}`,
      what: 'Make a web application, confidential, with the authorization code flow, and enter the redirect address.',
    }
  )
}

const labels: Readonly<Record<string, string>> = {
  teamId: 'Team id',
  keyId: 'Key id',
  privateKey: 'Private key',
  userPoolId: 'User pool id',
  authorizeUrl: 'Authorization address',
  tokenUrl: 'Token address',
  userinfoUrl: 'User info address',
  issuer: 'Issuer',
}

/** What a setting of a client is called: `userPoolId` → `User pool id`. */
export function settingLabel(name: string): string {
  const spaced = name.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return labels[name] ?? spaced.slice(0, 1).toUpperCase() + spaced.slice(1)
}
