import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { AwsClient } from 'aws4fetch'
import { lineText } from '../../../kernel/log.ts'
import type { Batch, Destination } from './destination.ts'

type Bucket = Extract<Destination, { kind: 's3' }>

const compress = promisify(gzip)

/** Puts lines into a file of their own: objects are never appended to. */
export async function sendToBucket(
  { endpoint, region, bucket, prefix, accessKeyId, secretAccessKey }: Bucket,
  { lines }: Batch,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  const at = new Date(lines.at(-1)!.atMs).toISOString()
  const name = `${at.slice(0, 10).replaceAll('-', '/')}/${at.slice(11, 19).replaceAll(':', '-')}-${randomBytes(4).toString('hex')}.jsonl.gz`
  const path = [bucket, ...prefix.split('/').filter(Boolean), name].join('/')
  const body = await compress(lines.map(line => `${lineText(line)}\n`).join(''))
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const request = await client.sign(`${endpoint.replace(/\/$/, '')}/${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/gzip' },
    body,
  })
  const answer = await fetch(request)
  if (answer.ok) return
  // S3 tells its reason as XML.
  const code = /<Code>([\w.]+)<\/Code>/.exec(await answer.text())?.[1]
  throw new Error(`it answered ${answer.status}${code === undefined ? '' : ` ${code}`}`)
}
