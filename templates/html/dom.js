/** A copy of what is in a `<template>` of the page. */
export function copyOf(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true)
}

/** Shows what went wrong and what to do about it; nothing when there is no error. */
export function showProblem(element, error, retry) {
  element.hidden = error === null
  const [text, button] = element.children
  text.textContent = error === null ? '' : `${error.message} ${error.hint ?? ''}`
  button.hidden = retry === undefined
  button.onclick = retry ?? null
}
