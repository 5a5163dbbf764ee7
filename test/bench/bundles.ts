import { bundleLimits } from './bundle-limits.ts';
import { measureColdImports } from './cold-import.ts';
import type { Measurement } from './measurement.ts';

/** Size and cold import of every function, each against the limit that its clients allow. */
export async function measureBundles(): Promise<readonly Measurement[]> {
  const imports = await measureColdImports();
  const sizes = imports.map(({ name, kb }) => ({
    name: `bundle of ${name}`,
    value: Math.round(kb),
    unit: 'KB',
    limit: { atMost: bundleLimits(name).kb },
  }));
  const times = imports.map(({ name, msMedian }) => ({
    name: `cold import of ${name}`,
    value: msMedian,
    unit: 'ms',
    limit: { atMost: bundleLimits(name).coldImportMs },
  }));
  return [...sizes, ...times];
}
