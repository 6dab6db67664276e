const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** What collections and fields can be called; an address of a mail or of a machine is none. */
const plainName = /^[$A-Za-z_][\w$]{0,62}$/
const queryName = /^[$A-Za-z_][\w$.>-]{0,62}$/
/** Parameters of paths that name structure. */
const structural = new Set(['collection', 'name', 'index', 'field', 'provider', 'kind', 'language'])

/**
 * The address of a request without anything about anybody: what the route says literally stays, and so do UUIDs (but those
 * of users) and names of structure; other values are replaced by the name of their parameter, values of the query by `*`.
 *
 * @param pattern path of the route below its base, `/data/:collection/:id`
 * @param url as it came, with its base and the query
 * @example
 * maskPath('/data/:collection', '/demo/dev/v1/data/cities?name=eq.Anna') // '/data/cities?name=*'
 */
export function maskPath(pattern: string, url: string): string {
  const [path = '', query] = splitOnce(url, '?')
  const wanted = pattern.split('/').slice(1)
  const given = path.replace(/\/+$/, '').split('/').slice(-wanted.length)
  const masked: string[] = []
  for (const [i, part] of wanted.entries()) {
    const isLiteral = !part.startsWith(':')
    masked.push(isLiteral ? part : maskValue(part.slice(1), given[i] ?? '', masked.includes('users')))
  }
  return `/${masked.join('/')}${query === undefined || query === '' ? '' : `?${maskQuery(query)}`}`
}

function maskValue(name: string, value: string, isOfUser: boolean): string {
  if ((uuid.test(value) && !isOfUser) || (structural.has(name) && plainName.test(value))) return value
  return `:${name}`
}

function maskQuery(query: string): string {
  const names = query.split('&').map(pair => {
    const [name = ''] = splitOnce(pair, '=')
    return queryName.test(name) && !uuid.test(name) ? `${name}=*` : '*=*'
  })
  return names.slice(0, mostNames).join('&')
}

const mostNames = 30

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
