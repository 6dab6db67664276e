import { failure } from './failure.ts'
import type { SessionStore } from './session/session-store.ts'

const localUrl = 'http://localhost:8090'

/** The origin of the server that is meant. */
export async function serverUrl(
  asked: string | undefined,
  { CLOUDBOX_URL }: Readonly<Record<string, string | undefined>>,
  store: SessionStore,
): Promise<string> {
  const wanted = asked ?? CLOUDBOX_URL
  if (wanted !== undefined && wanted !== '') return originOf(wanted)
  return (await store.read()).current ?? localUrl
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
