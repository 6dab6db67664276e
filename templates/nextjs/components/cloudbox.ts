import { createClient } from '@cloudbox/client'
import type { Schema } from '../cloudbox/types'

const url = process.env.NEXT_PUBLIC_CLOUDBOX_URL
const key = process.env.NEXT_PUBLIC_CLOUDBOX_KEY
if (!url || !key)
  throw new Error(
    'NEXT_PUBLIC_CLOUDBOX_URL and NEXT_PUBLIC_CLOUDBOX_KEY are missing: "npm run dev" sets them.',
  )

export type Todo = Schema['todos']['Row']

/** The client of the app's environment: every request and live query goes through it. */
export const box = createClient<Schema>(url, key)
