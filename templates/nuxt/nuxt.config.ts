export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  css: ['~/assets/style.css'],
  telemetry: false,
  devtools: { enabled: false },
  // Set by NUXT_PUBLIC_CLOUDBOX_URL and NUXT_PUBLIC_CLOUDBOX_KEY, which "npm run dev" writes to .env.
  runtimeConfig: { public: { cloudboxUrl: '', cloudboxKey: '' } },
  app: {
    head: {
      title: 'Todos',
      htmlAttrs: { lang: 'en' },
      link: [{ rel: 'icon', href: '/favicon.svg' }],
    },
  },
})
