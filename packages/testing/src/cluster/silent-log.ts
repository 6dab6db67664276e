import type { Log } from '@cloudbox/server/kernel/log'

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, hear: () => () => {} }
