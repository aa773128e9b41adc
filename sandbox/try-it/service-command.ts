/**
 * How the service is started, as `npm run start:prod` does: places in our own sources are named in errors, and memory is
 * collected early, young and old, so that a busy process needs less than 300 MB (docs/performance.md).
 */
export const SERVICE_COMMAND: readonly string[] = [
  '--enable-source-maps',
  '--max-semi-space-size=8',
  '--heap-growing-percent=75',
  'dist/main.js',
];
