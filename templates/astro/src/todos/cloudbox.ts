import { createClient } from '@cloudbox/client'
import type { Schema } from '../../cloudbox/types'

const { PUBLIC_CLOUDBOX_URL: url, PUBLIC_CLOUDBOX_KEY: key } = import.meta.env
if (!url || !key)
  throw new Error('PUBLIC_CLOUDBOX_URL and PUBLIC_CLOUDBOX_KEY are missing: "npm run dev" sets them.')

export type Todo = Schema['todos']['Row']

/** The client of the app's environment: every request and live query goes through it. */
export const box = createClient<Schema>(url, key)
