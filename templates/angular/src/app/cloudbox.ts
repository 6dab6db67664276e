import { createClient } from '@cloudbox/client'
import type { Schema } from '../../cloudbox/types'
// Written by "npm run dev".
import { cloudboxKey, cloudboxUrl } from '../cloudbox-env'

export type Todo = Schema['todos']['Row']

/** The client of the app's environment: every request and live query goes through it. */
export const box = createClient<Schema>(cloudboxUrl, cloudboxKey)
