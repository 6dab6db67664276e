interface Environment {
  readonly url: string
  readonly secretKey: string
  readonly pageUrl?: string | undefined
}

interface Settings {
  readonly siteUrl: string
  readonly redirectUrls: readonly string[]
  readonly appName: string
}

const appName = 'Cities'

/** Tells the environment where the app is, and its name in mails. What somebody has set already stays as it is. */
export async function setUpAccounts({ url, secretKey, pageUrl }: Environment): Promise<void> {
  const address = `${url}/v1/auth/settings`
  const headers = { apikey: secretKey, 'content-type': 'application/json' }
  const { siteUrl, redirectUrls, appName: name } = (await answerOf(fetch(address, { headers }))) as Settings
  const change = {
    ...(name === '' && { appName }),
    ...(siteUrl === '' &&
      pageUrl !== undefined && { siteUrl: pageUrl, redirectUrls: [...redirectUrls, `${pageUrl}/*`] }),
  }
  if (Object.keys(change).length === 0) return
  await answerOf(fetch(address, { method: 'PATCH', headers, body: JSON.stringify(change) }))
}

async function answerOf(asked: Promise<Response>): Promise<unknown> {
  const answer = await asked
  const body = (await answer.json()) as { detail?: string; hint?: string }
  if (answer.ok) return body
  throw new Error(`Settings of accounts: ${body.detail ?? answer.status} ${body.hint ?? ''}`)
}
