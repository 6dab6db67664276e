/** The documents of the benches: a hundred users, a third done, a thousand priorities. */
export interface Task {
  readonly title: string
  readonly owner: string
  readonly done: boolean
  readonly priority: number
}

export function task(i: number): Task {
  return { title: `task ${i}`, owner: `u${i % 100}`, done: i % 3 === 0, priority: i % 1000 }
}

/** The collection of tasks: every operation of an end user is judged by a policy. */
export const tasks = {
  name: 'tasks',
  fields: {
    title: { type: 'text', required: true },
    owner: { type: 'text', required: true },
    done: { type: 'boolean', default: false },
    priority: { type: 'integer', default: 0 },
  },
  indexes: [{ fields: ['owner', 'done', '-priority', 'id'] }],
  policies: {
    list: 'doc.owner == auth.uid',
    get: 'doc.owner == auth.uid',
    create: 'next.owner == auth.uid',
    update: 'doc.owner == auth.uid && next.owner == auth.uid',
  },
}
