/** Makes an element: properties as in the DOM, names with a dash as attributes, then what is inside. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') element.setAttribute(name, String(value))
    else Object.assign(element, { [name]: value })
  }
  element.append(...children)
  return element
}

/** A label for those who hear the page instead of seeing it. */
export function labelled(label: string, control: HTMLElement): HTMLLabelElement {
  return h('label', {}, h('span', { className: 'unseen' }, label), control)
}
