import adapter from '@sveltejs/adapter-static'
import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'

/** `vite dev` asks a running CloudBox for all but the page itself. */
const server = process.env.CLOUDBOX_URL ?? 'http://localhost:8090'

export default defineConfig({
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: adapter({ pages: 'dist', fallback: 'index.html', precompress: true }),
      paths: { base: '/console', relative: false },
      version: { pollInterval: 0 },
    }),
  ],
  // Each icon would be a file of some hundred bytes.
  build: {
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'icons', test: /node_modules\/@lucide/ }] } },
    },
  },
  server: { proxy: { '^/(?!console)': { target: server, ws: true } } },
})
