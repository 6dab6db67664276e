import type { NextConfig } from 'next'

const config: NextConfig = {
  // The folder of this app, whatever lies above it.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
}

export default config
