import { createClient } from '@cloudbox/client'
import type { Schema } from '../../cloudbox/types'

const { VITE_CLOUDBOX_URL: url, VITE_CLOUDBOX_KEY: key } = import.meta.env
if (!url || !key)
  throw new Error('VITE_CLOUDBOX_URL and VITE_CLOUDBOX_KEY are missing: "npm run dev" sets them.')

export type Todo = Schema['todos']['Row']

/** The client of the app's environment: every request and live query goes through it. */
export const box = createClient<Schema>(url, key)
