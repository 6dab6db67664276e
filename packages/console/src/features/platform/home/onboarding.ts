/** What is known of an environment that is being begun. */
export interface Beginnings {
  readonly collections: readonly {
    readonly name: string
    readonly system?: boolean
    readonly policies?: Readonly<Record<string, string | null | undefined>>
  }[]
  readonly hasKey: boolean
  /** The collection documents were found in. */
  readonly filled: string | undefined
  /** An app follows something, or a change was seen on this page. */
  readonly isLive: boolean
}

export interface Step {
  readonly title: string
  readonly about: string
  readonly isDone: boolean
  /** Where it is done, below the environment. */
  readonly path?: string
}

/** The first steps of every app, and which are done. Nothing of it is kept: it is what is there. */
export function firstSteps({ collections, hasKey, filled, isLive }: Beginnings): readonly Step[] {
  const own = ownCollections(collections)
  return [
    {
      title: 'Make a collection',
      about: 'Such as todos, with a field title. It becomes a table of Postgres, and an API at once.',
      isDone: own.length > 0,
      path: '/data',
    },
    {
      title: 'Write a policy',
      about:
        'Until there is one, nobody but the secret key sees a document. public("a reason") lets everybody in.',
      isDone: own.some(({ policies = {} }) => Object.values(policies).some(text => text != null)),
      path: '/data',
    },
    {
      title: 'Have a key for the app',
      about: 'A publishable one goes into the app; policies decide what it opens.',
      isDone: hasKey,
      path: '/settings',
    },
    {
      title: 'Insert a document',
      about: 'By the page of the collection, by the API, or by the client below.',
      isDone: filled !== undefined,
      path: '/data',
    },
    {
      title: 'See it live',
      about: 'Change something while you look at the list below, or subscribe in the app.',
      isDone: isLive,
    },
  ]
}

/** Those that somebody has made here. */
export function ownCollections<C extends { readonly system?: boolean }>(
  collections: readonly C[],
): readonly C[] {
  return collections.filter(({ system }) => system !== true)
}

/** The first lines of an app that uses this environment. */
export function firstClient(url: string, key: string, collection: string): string {
  return `import { createClient } from '@cloudbox/client'

const box = createClient('${url}', '${key}')

const stop = box.collection('${collection}').subscribe(({ data }) => console.log(data))`
}
