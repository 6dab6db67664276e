import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Raw } from '../oauth/legs/provider.ts'
import fixtures from './fixtures.json' with { type: 'json' }
import { knownProviders } from './known-providers.ts'

const answers = new Map<string, Raw>(Object.entries(fixtures))

test('every provider has a sample answer, and reads it', () => {
  assert.ok(knownProviders.size >= 56, `only ${knownProviders.size}`)
  assert.deepEqual([...answers.keys()].toSorted(), [...knownProviders.keys()].toSorted())
  for (const [id, { profile }] of knownProviders) {
    const raw = answers.get(id)!
    const { subject, email, emailVerified, name, avatarUrl, username } = profile(raw)
    const told = JSON.stringify(raw)
    assert.ok(subject !== '' && subject.endsWith(id === 'lichess' ? 'ida' : '7'), id)
    assert.equal(email, told.includes('ida@example.com') ? 'ida@example.com' : null, id)
    assert.equal(emailVerified && email === null, false, id)
    if (id !== 'apple' && id !== 'twitch') assert.notEqual(name, null, id)
    if (told.includes('a.png')) assert.equal(avatarUrl, 'https://img.example/a.png', id)
    if (username !== null) assert.match(username, /^ida/i, id)
  }
})

test('an address is believed only where the provider says that it was proved', () => {
  for (const [id, { profile, trustEmail }] of knownProviders) {
    const unproved = JSON.parse(
      JSON.stringify(answers.get(id)).replaceAll(/:("true"|true)/g, ':false'),
    ) as Raw
    assert.equal(profile(unproved).emailVerified, false, id)
    if (trustEmail) assert.equal(profile(answers.get(id)!).emailVerified, true, id)
  }
})

test('a manifest has one kind of addresses, all with TLS, and names the settings they need', () => {
  for (const [id, { issuer, endpoints, settings = [], color, docsUrl, clientAuth }] of knownProviders) {
    assert.notEqual(issuer === undefined, endpoints === undefined, id)
    const { authorize = '', token = '', userinfo = '', more = {} } = endpoints ?? {}
    const urls = issuer === undefined ? [authorize, token, userinfo, ...Object.values(more)] : [issuer]
    for (const url of urls) assert.match(url, /^https:\/\/[\w.{}-]+/, id)
    const holes = urls.flatMap(url => [...url.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
    const needed = new Set(holes.filter(name => name !== 'accessToken'))
    if (clientAuth !== 'apple') assert.deepEqual(new Set(settings), needed, id)
    assert.match(color, /^#[0-9a-f]{6}$/, id)
    assert.match(docsUrl ?? '', /^https:\/\//, id)
  }
})

test('the guide lists every provider with what to set and where', async () => {
  const guide = await readFile(new URL('../../../../../../docs/guide/providers.md', import.meta.url), 'utf8')
  const rows = guide.split('\n').filter(line => line.startsWith('| `'))
  assert.equal(rows.length, knownProviders.size)
  for (const { id, name, settings = [], docsUrl } of knownProviders.values()) {
    const row = rows.find(line => line.startsWith(`| \`${id}\` `)) ?? ''
    for (const told of [name, `(${docsUrl})`, ...settings]) assert.ok(row.includes(told), `${id}: ${told}`)
  }
})

test('only these are believed about addresses of accounts that exist', () => {
  const trusted = [...knownProviders.values()].filter(({ trustEmail }) => trustEmail).map(({ id }) => id)
  assert.deepEqual(trusted.sort(), ['apple', 'discord', 'github', 'google'])
})
