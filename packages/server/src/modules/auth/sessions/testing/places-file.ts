/**
 * A MaxMind database with one place, for the first half of all IPv4 addresses (specification 2.0): a tree of one node, a
 * separator, one record, and what the file says of itself.
 */
export function placesFile(city: string, country: string): Buffer {
  const named = (name: string) => map({ names: map({ en: text(name) }) })
  const place = map({ city: named(city), country: named(country) })
  // One node of two records with 24 bits: 1 is nothing, more than that is a place behind the separator.
  const [found, nothing] = [1 + 16, 1]
  const tree = Buffer.from([found >> 16, found >> 8, found, nothing >> 16, nothing >> 8, nothing])
  const itself = map({
    node_count: number(1),
    record_size: number(24),
    ip_version: number(4),
    database_type: text('Test-City'),
    binary_format_major_version: number(2),
    binary_format_minor_version: number(0),
    build_epoch: number(1),
    languages: Buffer.from([0x00, 0x04]),
    description: map({}),
  })
  const marker = Buffer.concat([Buffer.from('abcdef', 'hex'), Buffer.from('MaxMind.com')])
  return Buffer.concat([tree, Buffer.alloc(16), place, marker, itself])
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)])
}

function number(value: number): Buffer {
  return Buffer.from([(6 << 5) | 4, value >> 24, value >> 16, value >> 8, value])
}

function map(entries: Readonly<Record<string, Buffer>>): Buffer {
  const pairs = Object.entries(entries).flatMap(([key, value]) => [text(key), value])
  return Buffer.concat([Buffer.from([(7 << 5) | Object.keys(entries).length]), ...pairs])
}
