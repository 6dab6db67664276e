import type { AnyRow, Client } from '@cloudbox/client'
import { idOf, things, type Writer } from './writers.ts'
import { Witness } from './witness.ts'

/** A kind of live query, and how to ask it once. */
export interface Watched {
  readonly name: string
  watch(box: Client, writers: readonly Writer[]): Witness
  ask(box: Client): Promise<readonly AnyRow[]>
}

const list = (
  name: string,
  query: (box: Client) => ReturnType<Client['collection']>,
  isAll = false,
): Watched => ({
  name,
  watch: (box, writers) =>
    Witness.of(
      name,
      query(box),
      isAll ? rows => writers.forEach(writer => writer.checkMoment(rows)) : undefined,
    ),
  ask: async box => (await query(box).orThrow()).data,
})

/** Everything, in the order of ids: only those who may see all can be held to the writers' histories. */
export const everything = list('everything', box => box.collection(things).order('id'), true)

/** Filters, windows and a single document: what a client may ask. */
export const someQueries: readonly Watched[] = [
  list('a filter', box => box.collection(things).eq('color', 'red').order('n')),
  list('an expression', box =>
    box.collection(things).where('doc.size > 2 && doc.color != "blue"').order('id'),
  ),
  list('a window of the newest', box => box.collection(things).order('n', { ascending: false }).limit(5)),
  list('a window with a filter', box =>
    box.collection(things).gte('size', 2).order('size').order('n', { ascending: false }).limit(7),
  ),
  list('a window with ties', box => box.collection(things).order('color').limit(4)),
  {
    name: 'one document',
    watch: box => new Witness('one document', listener => box.doc(things, idOf(0, 1)).subscribe(listener)),
    ask: async box => {
      const { data } = await box.doc(things, idOf(0, 1)).get().orThrow()
      return data === null ? [] : [data]
    },
  },
]
