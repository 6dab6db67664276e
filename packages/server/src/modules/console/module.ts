/**
 * console: the page operators work on, at `/console`.
 *
 * How it flows: `packages/console` is built into files; they are read from disk when they are first asked for. Whatever
 * is below `/console` and no file is the page itself, which finds its place by the address.
 *
 * Guarantees: nothing is loaded from elsewhere; files are compressed once, when they are built, and kept by browsers for
 * good. Who sees the page has seen nothing yet: all it shows it asks the APIs for, as who is signed in.
 * It is not: an API. Whatever the console can do, a script can.
 */
import { defineModule } from '../../kernel/module.ts'
import { consoleRoutes } from './routes.ts'
import { readBuild } from './read-build.ts'

export const console = defineModule({
  name: 'console',
  needs: {},
  start: () => ({ routes: consoleRoutes(readBuild()) }),
})
