import manifest from '../../../package.json' with { type: 'json' }
import { ok, problem, type Check } from '../check.ts'
import { isOlder } from '../versions.ts'

export const node: Check = {
  name: 'node',
  title: 'Node',
  look: async () => {
    const oldest = manifest.engines.node.replace('>=', '')
    const found = `${process.versions.node} for ${process.platform}-${process.arch}, ${process.execPath}`
    if (!isOlder(process.versions.node, oldest)) return [ok(found)]
    return [problem(found, `CloudBox needs ${oldest} or newer: https://nodejs.org/en/download`)]
  },
}
