/** What was applied last in an environment, while the page is open: it can be taken back. */
class LastPlan {
  current = $state.raw<{ readonly path: string; readonly plan: string; readonly title: string } | undefined>()

  of(path: string) {
    return this.current?.path === path ? this.current : undefined
  }
}

export const lastPlan = new LastPlan()
