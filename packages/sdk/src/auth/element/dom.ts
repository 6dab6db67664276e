type Child = Node | string | false | null | undefined
type Attributes = Readonly<Record<string, string | boolean | EventListener | undefined>>

/** Makes an element: functions are listeners, `false` and undefined leave an attribute or a child out. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value)
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children.filter(isThere))
  return element
}

function isThere(child: Child): child is Node | string {
  return child !== false && child !== null && child !== undefined
}

/** A drawing of lines in a square of 24, in the colour of the text. */
export function icon(...paths: readonly string[]): SVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  for (const line of paths) {
    const path = document.createElementNS(space, 'path')
    path.setAttribute('d', line)
    svg.append(path)
  }
  return svg
}

export const eye = ['M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7-10-7-10-7z', 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z']
export const key = ['M8 10a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z', 'M11.3 11.3 19 3.5', 'M16 6.5l3 3']
export const mail = ['M3 6.5h18v11H3z', 'M3.5 7l8.5 6.5L20.5 7']
