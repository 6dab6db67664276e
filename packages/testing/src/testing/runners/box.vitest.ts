import { createCloudBox } from '@cloudbox/testing'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { here, schema } from '../todos.ts'

const box = await createCloudBox({ ...here, schema, after: afterAll })
beforeEach(() => box.reset())

test('a box works in Vitest', async () => {
  const ada = await box.as('ada')
  await ada.collection('todos').insert({ title: 'Milk' }).orThrow()
  const { data } = await ada.collection('todos').select('title').orThrow()
  expect(data).toEqual([{ title: 'Milk' }])
})

test('it is empty again, and time passes', async () => {
  const ada = await box.as('ada')
  await box.clock.advance('400d')
  const { error } = await ada.collection('todos').select('*')
  expect(error?.status).toBe(401)
})
