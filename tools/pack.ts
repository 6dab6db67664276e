// `node tools/pack.ts [folder]`: every published package as the tarball that npm would get, in build/packages or the
// folder. Node runs TypeScript nowhere below node_modules, so packages ship JavaScript and declarations; in the
// repository sources run as they are.
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { packageKeys, publishedPackages, root, type Package } from './pack/packages.ts'
import { stage } from './pack/stage.ts'

const cache = join(root, 'build', 'packed')

/**
 * Packs what has changed since it was packed last, and answers with the tarball of every published package by its name.
 * A tarball lies in a folder named after its content: it stays as it is while others pack again.
 */
export async function packAll(): Promise<Record<string, string>> {
  const packages = await publishedPackages()
  const keys = await packageKeys(packages)
  const tarballs: Record<string, string> = {}
  for (const one of packages) {
    const { name, version } = one.manifest
    const folder = join(cache, keys.get(name)!)
    tarballs[name] = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
    if (!(await isThere(tarballs[name]))) await pack(one, packages, folder)
  }
  return tarballs
}

/** Others may pack the same at the same time: whoever is first has his folder kept. */
async function pack(one: Package, packages: readonly Package[], folder: string): Promise<void> {
  const draft = `${folder}.${process.pid}`
  try {
    await mkdir(draft, { recursive: true })
    await stage(one, packages, draft)
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? join(root, 'build', 'packages'))
  await mkdir(folder, { recursive: true })
  for (const tarball of Object.values(await packAll())) {
    await copyFile(tarball, join(folder, basename(tarball)))
    console.log(join(folder, basename(tarball)))
  }
}
