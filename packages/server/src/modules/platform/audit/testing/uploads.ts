/** The first line of a file that holds a snapshot with nothing in it. */
export const emptyHead = {
  cloudboxSnapshot: 1,
  cloudbox: '0.0.0',
  name: 'empty',
  from: 'shop/dev',
  madeAt: '2026-01-01T00:00:00.000Z',
  values: 'made-up',
  passwords: false,
  levels: { auth: 7, data: 5, schema: 1 },
  parts: { data: [{ name: 'users', fields: {} }] },
}

interface Asking {
  readonly n: number
  ask<T>(method: string, path: string, body?: unknown): Promise<T>
}

export const newUpload = async ({ n, ask }: Asking): Promise<string> => {
  const body = { head: emptyHead, name: `loaded${n}` }
  return (await ask<{ upload: string }>('POST', '/platform/snapshots/uploads', body)).upload
}
