import { createClient } from '@cloudbox/client'
import type { Schema } from '../../cloudbox/types'

/** The client of the app's environment, one for each page and, on the server, for each request. */
export default defineNuxtPlugin(() => {
  const { cloudboxUrl, cloudboxKey } = useRuntimeConfig().public
  return { provide: { box: createClient<Schema>(cloudboxUrl, cloudboxKey) } }
})
