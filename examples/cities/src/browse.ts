import { h, labelled } from './dom.ts'
import { editForm, explain } from './edit-form.ts'
import { liveList } from './live-list.ts'
import { rowElement } from './row.ts'
import { followStars } from './star.ts'
import type { Choice, View } from './view.ts'

const pageSize = 50
/** The server keeps a live window of up to 500 documents. */
const mostRows = 500
const debounceMs = 150
/** While many changes arrive, counting all matches again for each would be a waste. */
const recountMs = 700
/** More changes at once are a bulk. */
const mostNews = 10
/** A skeleton is enough for a moment; then say what is being waited for. */
const patienceMs = 3000

interface Document {
  readonly id: string
  readonly updatedAt: string
}

/** A searchable, filtered, ordered list that follows every change. Gives the function that ends it. */
export function browse<Row extends Document>(view: View<Row>, root: HTMLElement): () => void {
  const search = h('input', {
    type: 'search',
    name: 'search',
    placeholder: `Search ${view.many}`,
    autocomplete: 'off',
    spellcheck: false,
    'aria-keyshortcuts': '/',
  })
  const filter = select('filter', [['', view.filter.all], ...view.filter.options])
  const order = select('order', view.orders)
  const count = h('p', { className: 'count', role: 'status' })
  const latency = h('p', { className: 'latency' })
  const add = h('button', { type: 'button', className: 'primary' }, `Add a ${view.one}`)
  const addForm = h('div', { className: 'add' })
  const list = h('ul', { className: 'list', role: 'list', 'aria-label': view.many })
  const message = h('div', { className: 'message' })
  const more = h('button', { type: 'button', className: 'more' }, 'Show more')
  root.replaceChildren(
    h(
      'form',
      { className: 'filters', role: 'search', onsubmit: (event: Event) => event.preventDefault() },
      labelled(`Search ${view.many}`, search),
      labelled(view.filter.label, filter),
      labelled('Order', order),
    ),
    h('div', { className: 'bar' }, count, latency, add),
    addForm,
    list,
    message,
    more,
  )

  const live = liveList<Row>(list, row => rowElement(view, row))
  let stopQuery = () => {}
  let windowSize = pageSize
  let waiting: ReturnType<typeof setTimeout> | undefined
  let patience: ReturnType<typeof setTimeout> | undefined

  const choice = (): Choice => ({ search: search.value.trim(), filter: filter.value, order: order.value })

  /** @param isSame the list on the page is to change into the answer, not to be replaced by it */
  const open = (isSame = false) => {
    clearTimeout(waiting)
    stopQuery()
    root.ariaBusy = 'true'
    clearTimeout(patience)
    const waitingForServer = notice('Waiting for the server', 'The list appears as soon as it answers.')
    patience = setTimeout(() => message.replaceChildren(waitingForServer), patienceMs)
    const query = view.query(choice())
    if (query === undefined) return
    let isOpen = true
    const counter = recounter(async () => {
      const { count: matches, error } = await query.select('id').limit(1).count('exact')
      // The answer may come when another query is shown.
      if (!isOpen) return
      const noun = matches === 1 ? view.one : view.many
      count.textContent = error === null ? `${(matches ?? 0).toLocaleString('en')} ${noun}` : ''
    })
    let isFirst = true
    const unsubscribe = query.limit(windowSize).subscribe({
      next({ data, changes, meta }) {
        clearTimeout(patience)
        root.ariaBusy = 'false'
        live.show(data, isSame || !isFirst)
        message.replaceChildren(...(data.length === 0 ? [empty()] : []))
        more.hidden = data.length < windowSize || windowSize >= mostRows
        // A bulk is as old as its first document: no measure of how fast news travels.
        if (!isFirst && changes.length <= mostNews) seen(changes.map(({ doc }) => doc.updatedAt))
        if (isFirst || changes.length > 0 || meta.fromResume) counter.ask()
        isFirst = false
      },
      error(error) {
        clearTimeout(patience)
        root.ariaBusy = 'false'
        live.clear()
        // The page may be open before the loader has made the collection.
        if (error.code === 'data/unknown-collection') waiting = setTimeout(() => open(), patienceMs)
        more.hidden = true
        count.textContent = ''
        const again = h('button', { type: 'button', onclick: () => open() }, 'Try again')
        message.replaceChildren(notice('This list cannot be shown', explain(error), again))
      },
    })
    stopQuery = () => {
      isOpen = false
      counter.stop()
      unsubscribe()
    }
  }

  const reopen = () => {
    windowSize = pageSize
    open()
  }

  const seen = (times: readonly string[]) => {
    const afterMs = Date.now() - Math.max(...times.map(time => Date.parse(time)))
    // A row that moved up into the window was changed long ago, and the clock of another computer may be off.
    if (afterMs >= 0 && afterMs < 5000) latency.textContent = `change seen after ${Math.max(1, afterMs)} ms`
  }

  const empty = () => {
    const { search: text, filter: chosen } = choice()
    if (text === '' && chosen === '') return notice(`No ${view.many} yet`, view.wayIn)
    const clear = h('button', { type: 'button' }, 'Clear the search')
    clear.addEventListener('click', () => {
      search.value = filter.value = ''
      reopen()
      search.focus()
    })
    return notice(`No ${view.many} found`, 'Try another spelling, or a part of the name.', clear)
  }

  const closeAdd = () => {
    addForm.replaceChildren()
    add.hidden = false
    add.focus()
  }
  const { insert } = view
  add.hidden = insert === undefined
  add.addEventListener('click', () => {
    if (insert === undefined) return
    add.hidden = true
    // In the country one is looking at, so that the new row shows up in this very list.
    const value = (name: string) => (name === view.fields[1]?.name ? filter.value : '')
    const form = { fields: view.fields, value, action: 'Add', save: insert, close: closeAdd }
    addForm.replaceChildren(editForm(form))
  })
  search.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(reopen, debounceMs)
  })
  filter.addEventListener('change', reopen)
  order.addEventListener('change', reopen)
  more.addEventListener('click', () => {
    windowSize = Math.min(windowSize + pageSize, mostRows)
    open()
  })
  const focusSearch = (event: KeyboardEvent) => {
    if (event.key !== '/' || (event.target as Element).matches('input, select, textarea')) return
    event.preventDefault()
    search.focus()
  }
  addEventListener('keydown', focusSearch)

  const stopStars = view.stars && followStars(list, view.stars)
  const stopOther = view.onOtherQuery?.(() => open(true))
  more.hidden = true
  open()
  return () => {
    stopStars?.()
    stopOther?.()
    clearTimeout(waiting)
    clearTimeout(patience)
    removeEventListener('keydown', focusSearch)
    stopQuery()
  }
}

function select(name: string, options: readonly (readonly [value: string, label: string])[]) {
  return h('select', { name }, ...options.map(([value, label]) => h('option', { value }, label)))
}

/** Says in the middle of a list why it is not there. */
export function notice(title: string, text: string, ...actions: readonly Node[]): HTMLElement {
  return h('div', { className: 'notice' }, h('h2', {}, title), h('p', {}, text), ...actions)
}

/** Runs a count at once, then at most every so often however many times it is asked for. */
function recounter(run: () => Promise<void>) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsked = false
  const tick = () => {
    timer = undefined
    if (isAsked) ask()
  }
  const ask = () => {
    isAsked = timer !== undefined
    if (isAsked) return
    void run()
    timer = setTimeout(tick, recountMs)
  }
  return { ask, stop: () => clearTimeout(timer) }
}
