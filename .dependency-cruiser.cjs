/** The import law of docs/architecture.md. Each rule carries its reason. */

const room = (name) => `^src/${name}/`;
const outside = (...rooms) => ({ path: '^src/', pathNot: rooms.map(room) });

/** Where the work on orders is, by what it is for; each may know those before it, and all what stands beside the folders. */
const ORDERS = ['showing', 'placing', 'following', 'admin', 'forgetting', 'previewing'];
const folderOfOrders = (name) => room(`orders/${name}`);

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Data flows one way; a cycle means that two files have one reason to exist.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports is dead, or its importer is missing.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: ['\\.spec\\.ts$', '^src/(main|write-open-api)\\.ts$', 'embedded-worker\\.ts$'],
      },
      to: {},
    },
    {
      name: 'platform-knows-no-feature',
      comment: 'Plumbing that knows a feature cannot be reused by the next one.',
      severity: 'error',
      from: { path: room('platform') },
      to: outside('platform'),
    },
    {
      name: 'audit-knows-only-platform',
      comment: 'Everything is audited, so audit must depend on nothing that is.',
      severity: 'error',
      from: { path: room('audit') },
      to: outside('audit', 'platform'),
    },
    {
      name: 'operations-know-only-audit-and-platform',
      comment: 'What operators see of the machinery must not depend on what the machinery is used for.',
      severity: 'error',
      from: { path: room('operations') },
      to: outside('operations', 'audit', 'platform'),
    },
    {
      name: 'keys-know-only-platform-and-audit',
      comment: 'Who may come in is decided before anything else, and is nobody else’s business.',
      severity: 'error',
      from: { path: room('keys') },
      to: outside('keys', 'audit', 'platform'),
    },
    {
      name: 'mapping-is-pure',
      comment:
        'What is ordered must follow from its inputs alone, so that a preview shows the truth (M12, M13).',
      severity: 'error',
      from: { path: room('mapping') },
      to: outside('mapping'),
    },
    {
      name: 'mapping-and-domain-need-no-framework',
      comment:
        'No Nest, no TypeORM, no clock and no I/O where decisions are made: they are tested as plain functions.',
      severity: 'error',
      from: { path: [room('mapping'), '^src/orders/(domain|ports)/'], pathNot: '\\.spec\\.ts$' },
      to: {
        path: [
          'node_modules/(@nestjs|typeorm|pg|pg-boss|undici|fastify)',
          '^src/platform/(?!errors/upstream-error)',
        ],
        pathNot: [],
      },
    },
    {
      name: 'domain-does-no-io',
      comment: "See mapping-and-domain-need-no-framework; Node's own modules are I/O too.",
      severity: 'error',
      from: { path: [room('mapping'), '^src/orders/(domain|ports)/'], pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'installations-know-no-orders',
      comment: 'An installation is what orders are placed for; it must be readable without them.',
      severity: 'error',
      from: { path: room('installations') },
      to: outside('installations', 'mapping', 'audit', 'platform'),
    },
    {
      name: 'orders-know-no-vendor',
      comment:
        'The core speaks to vendors through its ports, so that an adapter can be replaced or stood in for.',
      severity: 'error',
      from: { path: room('orders') },
      to: outside('orders', 'mapping', 'installations', 'audit', 'platform'),
    },
    {
      name: 'what-all-work-on-orders-shares-knows-none-of-it',
      comment: 'The book of orders is beneath what is done with them.',
      severity: 'error',
      from: { path: '^src/orders/([^/]+|(domain|ports)/.+)$', pathNot: '^src/orders/orders\\.module\\.ts$' },
      to: { path: ORDERS.map(folderOfOrders) },
    },
    ...ORDERS.slice(0, -1).map((name, index) => ({
      name: `work-on-orders-goes-one-way-${name}`,
      comment: 'What is shown, placed and followed does not depend on who looks at it or forgets it.',
      severity: 'error',
      from: { path: folderOfOrders(name) },
      to: { path: ORDERS.slice(index + 1).map(folderOfOrders) },
    })),
    {
      name: 'vendors-reach-orders-by-ports-and-jobs',
      comment: 'Webhooks reach orders only through jobs, so that they are safe before they are worked on.',
      severity: 'error',
      from: { path: [room('lever'), room('victig')] },
      to: { path: room('orders'), pathNot: ['^src/orders/ports/', '^src/orders/jobs\\.ts$'] },
    },
    {
      name: 'vendors-do-not-know-each-other',
      comment: 'Lever and VICTIG are joined by orders and by nothing else.',
      severity: 'error',
      from: { path: room('lever') },
      to: { path: room('victig') },
    },
    {
      name: 'vendors-do-not-know-each-other-either',
      comment: 'Lever and VICTIG are joined by orders and by nothing else.',
      severity: 'error',
      from: { path: room('victig') },
      to: { path: room('lever') },
    },
    {
      name: 'only-the-root-names-rooms',
      comment: 'app.module is the composition root; nobody may reach back into it.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'sandbox-knows-nothing-of-the-service',
      comment: 'A stand-in that shares code with the service shares its mistakes.',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { path: '^src/' },
    },
    {
      name: 'page-knows-only-itself',
      comment: 'What runs in a browser speaks to the sandbox by HTTP, as any other program does.',
      severity: 'error',
      from: { path: '^sandbox/page/' },
      to: { path: '^(sandbox|src|test)/', pathNot: '^sandbox/page/' },
    },
    {
      name: 'page-is-only-served',
      comment: 'What runs in Node cannot load what is made for a browser.',
      severity: 'error',
      from: { path: '^(sandbox|src)/', pathNot: '^sandbox/page/' },
      to: { path: '^sandbox/page/' },
    },
    {
      name: 'page-data-flows-one-way',
      comment: 'The kit knows no part of the page, and what comes over HTTP knows nothing that is drawn.',
      severity: 'error',
      from: { path: '^sandbox/page/src/(kit|live)/' },
      to: { path: '^sandbox/page/src/(board|person|candidate|desk|strip|tour|shell)/' },
    },
    {
      name: 'service-knows-nothing-of-the-sandbox',
      comment: 'Production must not carry stand-ins.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['^sandbox/', '^test/'] },
    },
    {
      name: 'no-dev-dependencies-in-production',
      comment: 'What runs in production is installed in production.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What is built.
    exclude: { path: '^sandbox/page/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
