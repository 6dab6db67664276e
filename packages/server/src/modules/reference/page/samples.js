// @ts-check
import { copyButton, h } from './dom.js'
import { isSecret, readKeys } from './keys.js'

/** The last label chosen: whoever reads curl wants curl everywhere. */
let chosen = 'curl'

/**
 * The code samples of an operation, one tab each.
 *
 * @param {{ label: string, source: string }[]} samples
 */
export function samplesView(samples) {
  const { key } = readKeys()
  // A secret key is not written onto the screen.
  const own = (/** @type {string} */ source) =>
    key && !isSecret(key) ? source.replaceAll('YOUR_KEY', key) : source
  const view = h('section.card.code', { 'aria-label': 'Examples' })
  const show = () => {
    const sample = samples.find(({ label }) => label === chosen) ?? samples[0]
    if (sample === undefined) return
    const tabs = samples.map(({ label }) =>
      h(
        'button',
        {
          type: 'button',
          role: 'tab',
          'aria-selected': String(label === sample.label),
          onclick: () => {
            chosen = label
            show()
          },
        },
        label,
      ),
    )
    const source = own(sample.source)
    view.replaceChildren(
      h(
        'div.tabs',
        { role: 'tablist' },
        ...tabs,
        copyButton(() => source),
      ),
      h('pre', { tabindex: '0' }, h('code', {}, source)),
    )
  }
  show()
  return view
}
