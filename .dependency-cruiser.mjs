// The map of who may import whom. Run as a test: tools/import-rules.test.ts.
const server = '^packages/server/src'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one thing, or a third thing is missing below them.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'one-door',
      comment: 'Another module is entered only by its module.ts.',
      severity: 'error',
      from: { path: `${server}/modules/([^/]+)/` },
      to: {
        path: `${server}/modules/[^/]+/`,
        pathNot: [
          `${server}/modules/$1/`,
          `${server}/modules/[^/]+/module\\.ts$`,
          `${server}/modules/[^/]+/testing/`,
        ],
      },
    },
    {
      name: 'testing-is-for-tests',
      comment:
        'What makes up structures, rows and environments for tests may be used by the tests of any module.',
      severity: 'error',
      from: { path: `${server}/modules/`, pathNot: ['\\.test\\.ts$', '/testing/'] },
      to: { path: `${server}/modules/[^/]+/testing/` },
    },
    {
      name: 'kernel-knows-no-module',
      severity: 'error',
      from: { path: `${server}/(kernel|lib)/` },
      to: { path: `${server}/modules/` },
    },
    {
      name: 'lib-knows-nothing',
      severity: 'error',
      from: { path: `${server}/lib/` },
      to: { path: '^packages/', pathNot: `${server}/lib/` },
    },
    {
      name: 'modules-are-listed-once',
      comment: 'Only what assembles a server reads the list of modules.',
      severity: 'error',
      from: { path: server, pathNot: `${server}/((main|start|embed|workers/worker)\\.ts$|testing/)` },
      to: { path: `${server}/modules/index\\.ts$` },
    },
    {
      name: 'tests-are-leaves',
      severity: 'error',
      from: { pathNot: '\\.(test|e2e)\\.ts$' },
      to: { path: '\\.(test|e2e)\\.ts$' },
    },
    {
      name: 'testing-stays-in-tests',
      comment: 'What ships never imports test support.',
      severity: 'error',
      from: { path: server, pathNot: ['/testing/', '\\.test\\.ts$'] },
      to: { path: '/testing/' },
    },
    {
      name: 'sdk-takes-types-only',
      comment: 'The SDK has no dependency at run time.',
      severity: 'error',
      from: { path: '^packages/sdk/src/', pathNot: ['\\.test\\.ts$', '^packages/sdk/src/testing/'] },
      to: { pathNot: '^packages/sdk/src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'clients-know-no-server',
      severity: 'error',
      from: {
        path: '^packages/(sdk|cli|protocol|policy)/src/',
        // What starts a server.
        pathNot: [
          '\\.test\\.ts$',
          '^packages/(sdk|cli)/src/testing/',
          '^packages/cli/src/(dev|start|doctor)/',
        ],
      },
      to: { path: server },
    },
    {
      name: 'cli-loads-the-server-late',
      comment: 'A command that starts no server does not read one from disk.',
      severity: 'error',
      from: { path: '^packages/cli/src/', pathNot: ['\\.test\\.ts$', '^packages/cli/src/testing/'] },
      to: { path: server, dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'cli-needs-no-installation',
      comment:
        'The command line starts as one file: what reads and writes the code of an app is imported when it is needed.',
      severity: 'error',
      from: { path: '^packages/cli/src/', pathNot: ['\\.test\\.ts$', '^packages/cli/src/testing/'] },
      to: {
        pathNot: [
          '^packages/cli/(src/|package\\.json$)',
          '^packages/protocol/src/',
          '^packages/server/src/',
          '^node_modules/(esbuild|@babel/parser)/',
        ],
        dependencyTypesNot: ['type-only', 'core'],
      },
    },
    {
      name: 'policy-stands-alone',
      comment: 'The language knows no database and no server, so that it runs in a browser too.',
      severity: 'error',
      from: { path: '^packages/policy/src/', pathNot: ['\\.test\\.ts$', '^packages/policy/src/testing/'] },
      to: { pathNot: '^packages/policy/src/' },
    },
    {
      name: 'one-file-knows-the-http-library',
      severity: 'error',
      from: { path: '^packages/', pathNot: `${server}/kernel/http\\.ts$` },
      to: { path: 'node_modules/fastify/' },
    },
    {
      name: 'the-driver-stays-in-the-kernel',
      severity: 'error',
      from: {
        path: '^packages/',
        pathNot: [`${server}/kernel/(stream/|sql-session\\.ts$)`, '\\.test\\.ts$', '/testing/'],
      },
      to: { path: 'node_modules/(@types/)?pg/' },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.(test|d|e2e)\\.ts$',
          '\\.config\\.mjs$',
          '^packages/protocol/src/',
          '/page/[^/]+\\.js$',
        ],
      },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
