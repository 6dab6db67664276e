import type { World } from './deed.ts'

export async function newCollection({ n, ask }: World) {
  const definition = { name: `notes${n}`, fields: { title: { type: 'text' } } }
  await ask('POST', '/data/$collections', definition)
  return definition
}
