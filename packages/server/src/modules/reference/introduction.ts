import { operators } from './operators.ts'

/** What the manual says before its operations, in markdown, with the environment's own addresses. */
export function introduction(base: string, example: string | undefined): string {
  const path = `/v1/data/${example ?? '{collection}'}`
  const socket = base.replace(/^http/, 'ws')
  return `Documents, policies and live queries of this environment, with its own addresses and names.

## Keys

Send the publishable key in the header \`apikey\`; it is made for apps, and policies decide what it may do. A signed-in user is \`Authorization: Bearer <token>\` beside it. The secret key (\`Authorization: Bearer cb_secret_…\`) passes every policy: it belongs on servers only.

## Queries

A parameter named after a field filters: \`${path}?createdAt=gte.2026-01-01&order=createdAt.desc&limit=20\`.

| operator | is true when the field |
| --- | --- |
${operators.map(({ name, meaning }) => `| \`${name}\` | ${meaning} |`).join('\n')}

\`not.\` before an operator turns it around. \`or=(a.eq.1,b.gt.2)\` needs one of several; \`where=\` takes a condition in CloudBox CEL. \`select\` chooses fields and embeds relations: \`select=id,author(name)\`.

## Pages

A page that is not the last has the header \`x-cloudbox-next-cursor\`: send it as \`after\` with the same query. \`count=exact\` also counts.

## Problems

Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`, the place of each mistake in \`errors\`, and a \`hint\` of what to do.

## Live queries

One WebSocket carries every live query: \`${socket}/v1/realtime?apikey=YOUR_KEY\`. First \`{"t":"hello","v":1}\`, then a subscription with the query of a list: \`{"t":"sub","id":1,"coll":"${example ?? 'collection'}","q":"order=createdAt.desc&limit=20"}\`. The answer is the list (\`snap\`, \`live\`), then every change of it as it is committed (\`tx\`). The library \`@cloudbox/client\` does this for you, with reconnecting and resuming: \`.subscribe(…)\` on any query.`
}
