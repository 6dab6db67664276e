import { failure } from './failure.ts'
import type { SessionStore } from './session/session-store.ts'

const localUrl = 'http://localhost:8090'

/**
 * The origin of the server that is meant. The one an app is linked to counts for who is signed in there: a file that came
 * with somebody's code does not decide where a token of the environment goes.
 */
export async function serverUrl(
  asked: string | undefined,
  { CLOUDBOX_URL }: Readonly<Record<string, string | undefined>>,
  store: SessionStore,
  linked: () => Promise<string | undefined>,
): Promise<string> {
  const wanted = asked ?? CLOUDBOX_URL
  if (wanted !== undefined && wanted !== '') return originOf(wanted)
  const { current, byServer } = await store.read()
  const named = await linked()
  if (named !== undefined && named in byServer) return named
  return current ?? localUrl
}

/** `cloudbox.example.com` is taken for https. @throws Failure `cli/usage` */
export function originOf(text: string): string {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(text)
  const full = /^https?:\/\//i.test(text) ? text : `${isLocal ? 'http' : 'https'}://${text}`
  if (!URL.canParse(full))
    throw failure(
      'usage',
      `"${text}" is no address of a server.`,
      'Write it as https://cloudbox.example.com.',
    )
  return new URL(full).origin
}

/** Whether what is sent there can be read on the way. */
export function isOpenLine(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(hostname)
}
