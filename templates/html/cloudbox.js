import { createClient } from '@cloudbox/client'
// Written by "npm run dev".
import { cloudboxKey, cloudboxUrl } from './cloudbox-env.js'

/**
 * The client of the app's environment: every request and live query goes through it.
 * @type {import('@cloudbox/client').Client<import('./cloudbox/types').Schema>}
 */
export const box = createClient(cloudboxUrl, cloudboxKey)
