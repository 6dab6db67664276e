import { eye, h, icon } from './dom.ts'
import { run, type Answer, type Ui } from './ui.ts'

/** A field with its label, and a place for what is wrong with it. */
export function field(
  name: string,
  label: string,
  attributes: Readonly<Record<string, string>>,
  beside?: HTMLElement,
): HTMLElement {
  const input = h('input', {
    id: name,
    name,
    part: 'input',
    required: true,
    'aria-describedby': `${name}-hint`,
    ...attributes,
  })
  input.addEventListener('input', () => mark(input, ''))
  const box = h('div', { class: 'box' }, input)
  return h(
    'div',
    { class: 'field', part: 'field' },
    h('div', { class: 'row' }, h('label', { for: name, part: 'label' }, label), beside),
    box,
    h('span', { class: 'hint', id: `${name}-hint`, hidden: true }),
  )
}

export function emailField({ texts, typed }: Ui): HTMLElement {
  return field('email', texts.email, {
    type: 'email',
    // The last word lets browsers offer passkeys.
    autocomplete: 'username webauthn',
    inputmode: 'email',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: '254',
    value: typed.email,
  })
}

/** @param kind - a password there is, or one to be made */
export function passwordField(
  { texts }: Ui,
  kind: 'current-password' | 'new-password',
  label: string,
  beside?: HTMLElement,
): HTMLElement {
  const whole = field('password', label, { type: 'password', autocomplete: kind, maxlength: '1024' }, beside)
  const input = whole.querySelector('input')!
  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'eye',
      'aria-label': texts.showPassword,
      'aria-pressed': 'false',
      'aria-controls': 'password',
      click: () => {
        const isShown = input.type === 'text'
        input.type = isShown ? 'password' : 'text'
        toggle.ariaPressed = String(!isShown)
        input.focus()
      },
    },
    icon(...eye),
  )
  input.parentElement!.classList.add('has-eye')
  input.after(toggle)
  return whole
}

/** A form with its button; submitted only when its fields are filled in well. */
export function form(
  ui: Ui,
  label: string,
  fields: readonly HTMLElement[],
  submit: (values: Record<string, string>) => Promise<Answer>,
): HTMLElement {
  const button = h('button', { class: 'primary', part: 'button primary', type: 'submit' }, label)
  const whole = h('form', { novalidate: true, part: 'form' }, ...fields, button)
  whole.addEventListener('submit', event => {
    event.preventDefault()
    const inputs = [...whole.querySelectorAll('input')]
    const wrong = inputs.filter(input => !isGood(ui, input))
    if (wrong.length > 0) return wrong[0]!.focus()
    const values = Object.fromEntries(inputs.map(({ name, value }) => [name, value]))
    if (values.email !== undefined) ui.typed.email = values.email = values.email.trim()
    void run(ui, button, () => submit(values)).then(isDone => {
      if (!isDone && whole.isConnected) inputs.at(-1)?.focus()
    })
  })
  return whole
}

/** Says below the field what is wrong with it. */
export function isGood({ texts }: Ui, input: HTMLInputElement): boolean {
  const { validity } = input
  const message = validity.valueMissing ? texts.required : validity.valid ? '' : texts.invalidEmail
  mark(input, message)
  return message === ''
}

function mark(input: HTMLInputElement, message: string): void {
  const hint = input.closest('.field')!.querySelector<HTMLElement>('.hint')!
  input.ariaInvalid = message === '' ? null : 'true'
  hint.textContent = message
  hint.hidden = message === ''
}
