import { defineEnvVars } from '@sveltejs/kit/env'

/** What the app needs to know; "npm run dev" writes it to .env.local. */
export const variables = defineEnvVars({
  PUBLIC_CLOUDBOX_URL: { public: true, static: true },
  PUBLIC_CLOUDBOX_KEY: { public: true, static: true },
})
