/** A query somebody wrote; with a name once it was kept on purpose. */
export interface KeptQuery {
  readonly text: string
  readonly at: number
  readonly name?: string
}

const mostRemembered = 100

/** What was run in an environment, and what was given a name; in this browser only. */
export class KeptQueries {
  history = $state.raw<readonly KeptQuery[]>([])
  saved = $state.raw<readonly KeptQuery[]>([])
  readonly #key: string

  constructor(environment: string) {
    this.#key = `cloudbox-sql ${environment}`
    this.history = this.#read('history')
    this.saved = this.#read('saved')
  }

  /** The newest first, each once. */
  remember(text: string): void {
    const others = this.history.filter(one => one.text !== text)
    this.history = [{ text, at: Date.now() }, ...others].slice(0, mostRemembered)
    this.#write('history', this.history)
  }

  /** Takes the place of what had the name. */
  save(name: string, text: string): void {
    const others = this.saved.filter(one => one.name !== name)
    this.saved = [...others, { name, text, at: Date.now() }].toSorted((a, b) =>
      a.name!.localeCompare(b.name!),
    )
    this.#write('saved', this.saved)
  }

  remove(name: string): void {
    this.saved = this.saved.filter(one => one.name !== name)
    this.#write('saved', this.saved)
  }

  #read(list: string): readonly KeptQuery[] {
    try {
      return JSON.parse(localStorage.getItem(`${this.#key} ${list}`) ?? '[]') as KeptQuery[]
    } catch {
      return []
    }
  }

  #write(list: string, queries: readonly KeptQuery[]): void {
    localStorage.setItem(`${this.#key} ${list}`, JSON.stringify(queries))
  }
}
