import type { FieldDefinition } from '@cloudbox/protocol/collection'

/** Fields to begin with. */
export interface CollectionTemplate {
  readonly title: string
  readonly name: string
  readonly fields: Readonly<Record<string, FieldDefinition>>
}

export const collectionTemplates: readonly CollectionTemplate[] = [
  { title: 'Empty', name: '', fields: {} },
  {
    title: 'To-do list',
    name: 'todos',
    fields: {
      title: { type: 'text', required: true, max: 200 },
      done: { type: 'boolean', default: false },
      due: { type: 'date' },
    },
  },
  {
    title: 'Articles',
    name: 'articles',
    fields: {
      title: { type: 'text', required: true, max: 200 },
      slug: { type: 'text', required: true, unique: true },
      body: { type: 'text' },
      state: { type: 'select', options: ['draft', 'published'], default: 'draft' },
      publishedAt: { type: 'timestamp' },
    },
  },
  {
    title: 'Products',
    name: 'products',
    fields: {
      name: { type: 'text', required: true },
      price: { type: 'decimal', required: true, min: 0 },
      stock: { type: 'integer', default: 0, min: 0 },
      tags: { type: 'text', list: true },
    },
  },
]
