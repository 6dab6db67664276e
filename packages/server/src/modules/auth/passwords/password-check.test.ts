import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { createLog } from '../../../kernel/log.ts'
import { createPasswordCheck } from './password-check.ts'
import { passwordMistakes, type PasswordPolicy } from './password-mistakes.ts'

const policy: PasswordPolicy = {
  passwordMinLength: 8,
  passwordRequires: [],
  refuseBreachedPasswords: false,
}

describe('a new password is refused for', () => {
  const strict: PasswordPolicy = { ...policy, passwordRequires: ['lower', 'upper', 'digit', 'symbol'] }
  const cases: Record<string, [password: string, mistakes: RegExp[], policy?: PasswordPolicy]> = {
    'its length': ['x7#kQ2p', [/7 characters; at least 8/]],
    'its length in letters, not in bytes': ['🦊🐻🐼🐨🐯🦁🐮', [/7 characters/]],
    'its length, composed': ['öüäöüäö'.normalize('NFD'), [/7 characters/]],
    'more than 128 characters': ['ab1!'.repeat(40) + 'c', [/161 characters; at most 128/]],
    'everything that is missing': ['________x', [/upper/, /digit/], strict],
    'letters only': ['correcthorse', [/upper/, /digit/, /symbol/], strict],
    'being the address': ['Ann.Lee@Example.com', [/e-mail address/]],
    'being the first part of the address': ['ann.lee', [/7 characters/, /e-mail address/]],
    'being common': ['PassWord123', [/tried first/]],
    'being one letter': ['aaaaaaaaaaaa', [/tried first/]],
    'being a piece over and over': ['abc1abc1abc1', [/tried first/]],
    'counting up': ['12345678', [/tried first/]],
    'counting down': ['hgfedcba', [/tried first/]],
  }
  for (const [name, [password, mistakes, asked = policy]] of Object.entries(cases)) {
    test(name, () => {
      const found = passwordMistakes(password, asked, 'ann.lee@example.com')
      assert.equal(found.length, mistakes.length, JSON.stringify(found))
      found.forEach(({ at, message }, i) => {
        assert.equal(at, '/password')
        assert.match(message, mistakes[i]!)
      })
    })
  }

  test('and nothing else', () => {
    for (const password of [
      'correct horse',
      'тайный пароль',
      'x7#kQ2pL',
      '秘密の言葉は長い方がいい',
      'Aa1!Aa1!x',
    ])
      assert.deepEqual(passwordMistakes(password, policy, 'ann@example.com'), [], password)
    assert.deepEqual(passwordMistakes('Aa1!Aa1!x', strict, null), [])
  })
})

describe('the look-up of stolen passwords', () => {
  const asking = { ...policy, refuseBreachedPasswords: true }
  const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
  const lines: string[] = []
  const log = createLog('debug', line => lines.push(line))
  /** The service, which nobody of us owns. */
  const service = (answer: () => Response | Promise<Response>) => {
    const asked: { url: string; headers: Headers }[] = []
    const check = createPasswordCheck({
      log,
      fetch: async (url, options) => {
        asked.push({ url: String(url), headers: new Headers(options?.headers) })
        return answer()
      },
    })
    return { asked, check }
  }
  const range = (...counted: [password: string, count: number][]) =>
    new Response(counted.map(([password, count]) => `${sha1(password).slice(5)}:${count}`).join('\r\n'))

  test('tells five digits of a hash, asks for padding and refuses what is in the list', async () => {
    const { asked, check } = service(() => range(['something else', 3], ['correct horse', 12]))
    await assert.rejects(check('correct horse', asking, null), {
      code: 'auth/weak-password',
      errors: [
        {
          at: '/password',
          message: 'It is in a list of passwords that were stolen elsewhere.',
          hint: 'Change it wherever else it is used, too.',
        },
      ],
    })
    assert.equal(asked[0]!.url, `https://api.pwnedpasswords.com/range/${sha1('correct horse').slice(0, 5)}`)
    assert.equal(asked[0]!.headers.get('add-padding'), 'true')
  })

  test('lets pass what is not in the list, or only as padding', async () => {
    const { check } = service(() => range(['something else', 3], ['correct horse', 0]))
    await check('correct horse', asking, null)
  })

  test('is not asked unless the environment wants it, nor about a password that is refused anyway', async () => {
    const { asked, check } = service(() => range())
    await check('correct horse', policy, null)
    await assert.rejects(check('short', asking, null), { code: 'auth/weak-password' })
    assert.deepEqual(asked, [])
  })

  test('lets pass, and logs without the password, when the service is away', async () => {
    const away = service(() => Promise.reject(new Error('connect ECONNREFUSED')))
    await away.check('correct horse', asking, null)
    await service(() => new Response('', { status: 503 })).check('correct horse', asking, null)
    assert.equal(lines.length, 2)
    assert.match(lines[0]!, /auth\.breach-look-up-failed.*ECONNREFUSED/)
    assert.match(lines[1]!, /503/)
    assert.doesNotMatch(lines.join(''), /horse/)
  })
})
