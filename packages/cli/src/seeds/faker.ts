import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { failure } from '../failure.ts'
import { fakeValue } from './fake-value.ts'
import { randomOf } from './random.ts'

type Document = Record<string, unknown>
type Given = Document | ((index: number) => Document)

/** Makes documents up. Without a count, as many as `--count` says; `given` says what is not made up. */
export type Fake = (collection: string, count?: number | Given, given?: Given) => Document[]

/** The generator of one file: the same in every run. Relations are drawn when the documents are made. */
export function fakerOf(
  definitions: ReadonlyMap<string, CollectionDefinition>,
  { seed, count: usual }: { readonly seed: string; readonly count: number },
): Fake {
  return (collection, counted, given) => {
    const count = typeof counted === 'number' ? counted : usual
    const own = typeof counted === 'number' ? given : counted
    const definition = definitions.get(collection)
    if (definition === undefined)
      throw failure('cannot-load', `There is no collection ${collection} to make documents up for.`)
    const random = randomOf(`${seed} ${collection}`)
    return Array.from({ length: count }, (_, index) => {
      const said = typeof own === 'function' ? own(index) : (own ?? {})
      const document: Document = {}
      for (const [name, field] of Object.entries(definition.fields)) {
        if (name in said || field.computed !== undefined || isManaged(collection, name)) continue
        if (field.type === 'relation') document[name] = drawn(random.next())
        else {
          const value = fakeValue(name, field, { random, index })
          if (value !== undefined) document[name] = value
        }
      }
      return { ...document, ...said }
    })
  }
}

/** Fields of accounts that only accounts write. */
function isManaged(collection: string, name: string): boolean {
  return collection === 'users' && !['name', 'email', 'locale'].includes(name)
}

/** A relation that is not known yet: which of those that will be there. */
export interface Drawn {
  readonly $draw: number
}

function drawn(share: number): Drawn {
  return { $draw: share }
}

export function isDrawn(value: unknown): value is Drawn {
  return typeof value === 'object' && value !== null && '$draw' in value
}
