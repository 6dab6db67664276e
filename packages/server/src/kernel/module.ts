import type { Static, TObject } from 'typebox'
import type { Environment } from './caller.ts'
import type { EnvironmentCopier } from './copy-environment.ts'
import type { Kernel } from './kernel.ts'
import type { Listener } from './events.ts'
import type { Route } from './route.ts'
import type { SocketRoute } from './socket-route.ts'

/** One feature of CloudBox: everything that would go away if the feature did. */
export interface Module<Api = unknown, Needs extends Modules = {}, Config extends TObject = TObject> {
  /** The feature's one word: folder, URL prefix, table prefix, env prefix, error and event namespace. */
  readonly name: string
  /** First words of its addresses below `/v1` that are not its name. */
  readonly paths?: readonly string[]
  /** Modules it may call. They start before it and stop after it; a circle is refused at boot. */
  readonly needs?: Needs
  /** Its settings: validated at boot, printed into the manual. */
  readonly config?: Config
  /** Folder of numbered .sql files for the whole platform, in schema `cloudbox`. */
  readonly migrations?: URL
  /** Folder of numbered .sql files applied inside every environment's own schema. */
  readonly environmentMigrations?: URL
  /** Builds the feature. Nothing happens on import; everything happens here. */
  start(
    kernel: Kernel & { readonly config: Static<Config> },
    needs: ApisOf<Needs>,
  ): Started<Api> | Promise<Started<Api>>
}

/** What a running module adds to the server. Every part is optional. */
export interface Started<Api> {
  /** What other modules may call: few functions, plain data. */
  readonly api?: Api
  readonly routes?: readonly Route[]
  readonly sockets?: readonly SocketRoute[]
  readonly listeners?: readonly Listener[]
  /**
   * Does inside an environment what .sql files cannot say. Called after the migrations of every module: at each start,
   * and when an environment is made. Doing it again changes nothing.
   */
  prepareEnvironment?(environment: Environment): Promise<void>
  /** Copies this module's part of an environment. What no module copies stays behind. */
  readonly environmentCopier?: EnvironmentCopier
  /** What is missing for real use, for whoever starts the server in production. */
  notices?(): Promise<readonly Notice[]>
  /** Called once every module has started, before the first request. */
  ready?(): void | Promise<void>
  stop?(): void | Promise<void>
  /** Called once the last request has been answered, while the database can still be reached. */
  end?(): void | Promise<void>
}

/** Something that is no mistake, and still not as it should be in production. */
export interface Notice {
  /** `<word>/<kind>`, for programs. */
  readonly code: string
  readonly detail: string
  /** What to do about it. */
  readonly hint: string
}

// A list of modules has mixed parameters; variance makes anything but `any` refuse it.
// eslint-disable-next-line typescript/no-explicit-any
export type AnyModule = Module<any, any, any>
export type Modules = Readonly<Record<string, AnyModule>>
type ApisOf<Needs extends Modules> = {
  readonly [Word in keyof Needs]: Needs[Word] extends Module<infer Api, infer _Needs, infer _Config>
    ? Api
    : never
}

/** Declares a module; the types of its needs, settings and api are inferred from the literal. */
export function defineModule<Api, Needs extends Modules = {}, Config extends TObject = TObject<{}>>(
  module: Module<Api, Needs, Config>,
): Module<Api, Needs, Config> {
  return module
}
