import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** One file of the page, as it travels. */
export interface BuiltFile {
  readonly content: Buffer
  readonly type: string
  readonly encoding?: 'br' | 'gzip'
}

/** The built page. */
export interface Build {
  /** @returns undefined where it has not been built */
  page(): Promise<BuiltPage | undefined>
  /** @param accepted what the browser says it can read compressed */
  file(path: string, accepted: string): Promise<BuiltFile | undefined>
}

export interface BuiltPage {
  readonly html: Buffer
  readonly etag: string
  /** Of its inline scripts, as a content security policy names them. */
  readonly scripts: readonly string[]
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
}

/** Reads what `packages/console` was built into. */
export function readBuild(): Build {
  const root = new URL('./', import.meta.resolve('@cloudbox/console/dist/index.html'))
  const files = new Map<string, Promise<BuiltFile | undefined>>()

  const read = async (path: string, encoding: BuiltFile['encoding']) => {
    const type = types[path.split('.').at(-1)!]
    if (type === undefined) return undefined
    const ending = encoding === undefined ? '' : encoding === 'br' ? '.br' : '.gz'
    const content = await readIfThere(new URL(path + ending, root))
    return content && { content, type, ...(encoding !== undefined && { encoding }) }
  }
  const remembered = (path: string, encoding?: BuiltFile['encoding']) => {
    const key = `${encoding} ${path}`
    const known = files.get(key) ?? read(path, encoding)
    files.set(key, known)
    return known.then(file => {
      // What is not there is asked for by anybody: it must not fill the memory.
      if (file === undefined) files.delete(key)
      return file
    })
  }
  return {
    // Every time: it names the files of the newest build.
    page: () => readPage(new URL('index.html', root)),
    async file(path, accepted) {
      if (!/^[\w./-]+$/.test(path) || path.includes('..')) return undefined
      const encodings = (['br', 'gzip'] as const).filter(encoding => accepted.includes(encoding))
      for (const encoding of encodings) {
        const file = await remembered(path, encoding)
        if (file !== undefined) return file
      }
      return remembered(path)
    },
  }
}

async function readPage(url: URL): Promise<BuiltPage | undefined> {
  const html = await readIfThere(url)
  if (html === undefined) return undefined
  const scripts = [...html.toString().matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`,
  )
  return { html, scripts, etag: `"${createHash('sha256').update(html).digest('hex').slice(0, 16)}"` }
}

async function readIfThere(url: URL): Promise<Buffer | undefined> {
  try {
    return await readFile(fileURLToPath(url))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as { code?: string }).code ?? '')) return undefined
    throw error
  }
}
