export default {
  root: import.meta.dirname,
  test: { include: ['*.vitest.ts'], testTimeout: 60_000, hookTimeout: 120_000 },
}
