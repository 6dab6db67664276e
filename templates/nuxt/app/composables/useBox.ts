/** The client: every request and live query goes through it. */
export function useBox() {
  return useNuxtApp().$box
}
