const everyMs = 10_000

/** Does something again and again as long as somebody looks at the page; rules are judged as often. */
export function again(act: () => unknown): void {
  $effect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void act()
    }, everyMs)
    return () => clearInterval(timer)
  })
}
