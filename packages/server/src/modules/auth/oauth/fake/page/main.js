// @ts-check

/** @typedef {{ name: string, email: string, emailVerified: boolean }} Person */

const madeUp = [
  { name: 'Mara Lindqvist', email: 'mara@example.com', emailVerified: true },
  { name: 'Tomás Ferreira', email: 'tomas@example.com', emailVerified: true },
  { name: 'Aiko Tanaka', email: 'aiko@example.com', emailVerified: true },
  { name: 'Noor Haddad', email: 'noor@example.com', emailVerified: false },
]
const storageName = 'cloudbox-made-up-people'
const mostKept = 8

/** @param {string} id */
const byId = id => /** @type {HTMLElement} */ (document.getElementById(id))
/** @param {string} id */
const field = id => /** @type {HTMLInputElement} */ (byId(id))

const { color = '', local } = document.body.dataset
document.documentElement.style.setProperty('--provider', color)
for (const tile of document.querySelectorAll('.tile'))
  tile.textContent = /** @type {HTMLElement} */ (tile).dataset['initial']?.slice(0, 1).toUpperCase() ?? ''
byId('key').hidden = local === 'yes'
for (const person of [...kept(), ...madeUp]) byId('people').append(row(person))

byId('deny').addEventListener('click', () => choose(null))
byId('form').addEventListener('submit', event => {
  event.preventDefault()
  const person = {
    name: field('name').value.trim(),
    email: field('email').value.trim(),
    emailVerified: field('verified').checked,
  }
  keep(person)
  void choose(person)
})

/** People of before, newest first. @returns {Person[]} */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(storageName) ?? '[]')
  } catch {
    return []
  }
}

/** @param {Person} person */
function keep(person) {
  const others = kept().filter(({ email }) => email !== person.email)
  localStorage.setItem(storageName, JSON.stringify([person, ...others].slice(0, mostKept)))
}

/** @param {Person} person */
function row(person) {
  const { name, email, emailVerified } = person
  const button = element('button', 'person')
  button.setAttribute('type', 'button')
  const face = element('span', 'face', initials(name))
  face.setAttribute('aria-hidden', 'true')
  face.style.setProperty(
    '--hue',
    String([...email].reduce((sum, letter) => sum + letter.charCodeAt(0) * 7, 0) % 360),
  )
  const words = element('span', 'words')
  words.append(element('strong', '', name), element('span', 'email', email))
  button.append(face, words)
  if (!emailVerified) button.append(element('span', 'unverified', 'not verified'))
  button.addEventListener('click', () => choose(person))
  const item = element('li')
  item.append(button)
  return item
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/\s+/)
  return [words[0], words.length > 1 ? words.at(-1) : ''].map(word => word?.slice(0, 1) ?? '').join('')
}

/** Tells the server, and goes back to the app. @param {Person | null} person */
async function choose(person) {
  const buttons = document.querySelectorAll('button')
  for (const button of buttons) button.disabled = true
  byId('trouble').hidden = true
  try {
    const secret = field('secret').value.trim()
    const answer = await fetch(location.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(secret === '' ? {} : { apikey: secret }) },
      body: JSON.stringify({ query: location.search.slice(1), person }),
    })
    const told = await answer.json()
    if (answer.ok) return location.replace(told.url)
    tell([told.detail, told.hint].filter(Boolean).join(' '))
    if (answer.status === 401 || answer.status === 403) byId('key').hidden = false
  } catch {
    tell('The server did not answer. Is it running?')
  }
  for (const button of buttons) button.disabled = false
}

/** @param {string} text */
function tell(text) {
  byId('trouble').textContent = text
  byId('trouble').hidden = false
}

/**
 * @param {string} name
 * @param {string} [className]
 * @param {string} [text]
 */
function element(name, className = '', text = '') {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}
