import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A worker keeps its modules from file to file: to load the CDK and the SDK anew for each of a hundred files took a
    // third of the time. So no test may leave anything behind in a module.
    pool: 'threads',
    isolate: false,
    // Left to itself it leaves a core free, which on two is half of the machine.
    maxWorkers: Math.max(1, availableParallelism()),
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
