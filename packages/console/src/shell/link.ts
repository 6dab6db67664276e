import { resolve } from '$app/paths'

/** The address of a page of the console: `link('/projects/shop')`. */
export function link(path: string): string {
  return resolve('/').replace(/\/$/, '') + path
}
