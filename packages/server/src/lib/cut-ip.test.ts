import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutIp } from './cut-ip.ts'

test('an address is cut to what one customer has, however it is written', () => {
  const cases = {
    '203.0.113.7': '203.0.113.7',
    '::ffff:203.0.113.7': '203.0.113.7',
    '::FFFF:cb00:7107': '203.0.113.7',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
    '2001:0DB8:0001:0002::1': '2001:db8:1:2::/64',
    '2001:db8::1': '2001:db8:0:0::/64',
    '1::2:3:4:5': '1:0:0:0::/64',
    'fe80::1%eth0': 'fe80:0:0:0::/64',
    '::1': '0:0:0:0::/64',
    '::': '0:0:0:0::/64',
    '64:ff9b::192.0.2.33': '64:ff9b:0:0::/64',
  }
  for (const [ip, cut] of Object.entries(cases)) assert.equal(cutIp(ip), cut, ip)
})
