/** Does something every few milliseconds while the page is looked at, until it is paused. */
export class Pulse {
  isPaused = $state(false)

  /** Call it in a component. @param act - the next one waits for it to end */
  constructor(act: () => Promise<unknown>, everyMs: number) {
    $effect(() => {
      if (this.isPaused) return
      let isBusy = false
      const timer = setInterval(() => {
        if (isBusy || document.visibilityState !== 'visible') return
        isBusy = true
        void act().finally(() => (isBusy = false))
      }, everyMs)
      return () => clearInterval(timer)
    })
  }
}
