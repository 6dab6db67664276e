import { createClient } from '@cloudbox/client'
import type { Schema } from '../cloudbox/types'

const url = process.env.EXPO_PUBLIC_CLOUDBOX_URL
const key = process.env.EXPO_PUBLIC_CLOUDBOX_KEY
if (!url || !key)
  throw new Error(
    'EXPO_PUBLIC_CLOUDBOX_URL and EXPO_PUBLIC_CLOUDBOX_KEY are missing: "npm run dev" sets them.',
  )

export type Todo = Schema['todos']['Row']

/** The client of the app's environment: every request and live query goes through it. */
export const box = createClient<Schema>(url, key)
