/** Headers of every answer with an etag: its reader may keep it, and asks again each time. */
export const revalidated = {
  'cache-control': 'private, no-cache',
  vary: 'accept, authorization, apikey',
} as const
