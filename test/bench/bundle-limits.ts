import type { FunctionName } from '../../lib/functions.ts';

export interface BundleLimits {
  /** Minified; 1 KB is 1000 bytes. */
  readonly kb: number;
  /** `require` in a fresh process, median. Measured by the benchmark, never by a test. */
  readonly coldImportMs: number;
}

const usual: BundleLimits = { kb: 400, coldImportMs: 60 };
const withEc2: BundleLimits = { kb: 450, coldImportMs: 80 };

/** EC2's client is by far the largest: nothing but a launch template is read or written with it. */
const needEc2: readonly FunctionName[] = ['survey-fleet', 'make-template-version'];

/** What the bundle of a function may weigh and how long importing it may take. */
export const bundleLimits = (name: string): BundleLimits =>
  needEc2.some((one) => one === name) ? withEc2 : usual;
