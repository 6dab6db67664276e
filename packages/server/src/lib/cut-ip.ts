import { isIPv4 } from 'node:net'

/** An IPv4 address as it is, also when it is written as IPv6 (`::ffff:1.2.3.4`); of IPv6 the first 64 bits. */
export function cutIp(ip: string): string {
  if (isIPv4(ip)) return ip
  const groups = ipv6Groups(ip.replace(/%.*/, ''))
  const isMapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  if (isMapped)
    return groups
      .slice(6)
      .flatMap(group => [group >> 8, group & 255])
      .join('.')
  return `${groups
    .slice(0, 4)
    .map(group => group.toString(16))
    .join(':')}::/64`
}

function ipv6Groups(ip: string): number[] {
  // The URL parser writes every spelling of an address in the same way, without dots.
  const text = new URL(`http://[${ip}]`).hostname.slice(1, -1)
  const [start, end] = text.split('::').map(part => part.split(':').filter(Boolean))
  const zeros = end === undefined ? [] : new Array<string>(8 - start!.length - end.length).fill('0')
  return [...start!, ...zeros, ...(end ?? [])].map(group => Number.parseInt(group, 16))
}
