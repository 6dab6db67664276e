import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInLanguages, builtInTemplate } from './built-in.ts'
import { mailKinds, templateVariables } from './kinds.ts'
import { checkTemplate, renderMail } from './render.ts'
import { sampleVariables } from './samples.ts'
import { templateValues } from './template-values.ts'

for (const language of builtInLanguages) {
  test(`every mail is there in ${language}, whole and good`, () => {
    for (const kind of mailKinds) {
      const variables: readonly string[] = templateVariables[kind]
      const needed = ['link', 'code'].find(name => variables.includes(name))
      const template = builtInTemplate(kind, language)
      checkTemplate(template, variables, {
        name: needed,
        parts: kind === 'phone-code' ? ['subject'] : ['html', 'text'],
      })
      const values = templateValues({
        kind,
        language,
        appName: 'Tom & Co',
        to: 'ada@example.com',
        variables: sampleVariables(kind, 'https://example.com'),
      })
      const mail = renderMail(template, values)
      assert.ok(mail.html.includes(`lang="${language}"`))
      assert.ok(mail.html.includes('Tom &amp; Co') && mail.text.includes('Tom & Co'), kind)
      for (const name of variables) assert.ok(values[name], `${kind} has no ${name}`)
      assert.doesNotMatch(mail.html, /<(table|img|script)|url\(|undefined/)
      assert.equal((mail.html.match(/class="button"/g) ?? []).length, 'link' in values ? 1 : 0)
    }
  })
}

test('times and spans are told in the language of the mail, also in one without words of its own', () => {
  const at = (language: string, expiresInSeconds: number) =>
    templateValues({
      kind: 'magic-link',
      language,
      appName: '',
      to: '',
      variables: { link: '', expiresInSeconds },
    })['expiresIn']
  assert.deepEqual(
    [at('en', 900), at('en', 3600), at('de', 86_400 * 2), at('fr', 5400), at('en', 5)],
    ['15 minutes', '1 hour', '2 Tage', '90 minutes', '1 minute'],
  )
})
