import { createCloudBox } from '@cloudbox/testing'
import { expect, test } from '@playwright/test'
import { here } from '../todos.ts'

const sent = 'ada@example.com'

const boxed = test.extend<{}, { box: Awaited<ReturnType<typeof createCloudBox>> }>({
  box: [
    // Playwright reads from the first parameter which fixtures this one needs: none.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      await using box = await createCloudBox(here)
      await use(box)
    },
    { scope: 'worker' },
  ],
})

boxed('a browser reaches the box', async ({ page, box }) => {
  await box.client().auth.signInWithOtp({ email: sent, kind: 'code' })
  await box.mails.waitFor({ to: sent })
  await page.goto(`${box.url}/v1/auth/mailbox`)
  await expect(page.getByText(sent).first()).toBeVisible()
})

boxed('and does not while the network is down', async ({ page, box }) => {
  box.net.drop()
  await expect(page.goto(`${box.url}/v1/auth/mailbox`)).rejects.toThrow(/ERR_/)
  box.net.restore()
  const another = await page.context().newPage()
  await another.goto(`${box.url}/v1/auth/mailbox`)
})
