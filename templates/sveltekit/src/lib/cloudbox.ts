import { createClient } from '@cloudbox/client'
import { PUBLIC_CLOUDBOX_KEY, PUBLIC_CLOUDBOX_URL } from '$app/env/public'
import type { Schema } from '../../cloudbox/types'

export type Todo = Schema['todos']['Row']

/** The client of the app's environment: every request and live query goes through it. "npm run dev" sets its address. */
export const box = createClient<Schema>(PUBLIC_CLOUDBOX_URL, PUBLIC_CLOUDBOX_KEY)
