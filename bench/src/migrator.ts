import type { Environment } from '@cloudbox/server/kernel/caller'
import { defineModule } from '@cloudbox/server/kernel/module'
import { data, type OnlineAction } from '@cloudbox/server/modules/data/module'
import { platform } from '@cloudbox/server/modules/platform/module'

/** A module that begins online changes and says how far they are, without migrations around them. */
export function migrator() {
  let begin: ((action: OnlineAction) => Promise<{ id: string }>) | undefined
  let tell: ((change: string) => Promise<object>) | undefined
  const module = defineModule({
    name: 'migrator',
    needs: { data, platform },
    start(_kernel, { data: structure, platform: { environments } }) {
      const environment = (): Environment => environments().find(({ project }) => project === 'bench')!
      begin = action => structure.startChange(environment(), action)
      tell = change => structure.change(environment(), change)
      return {}
    },
  })
  return {
    module,
    begin: ({ action }: { readonly action: OnlineAction }) => begin!(action),
    change: ({ change }: { readonly change: string }) => tell!(change),
  }
}
