import { measureBundles } from './bundles.ts';
import { measureCanaryVerdicts } from './canary-releases.ts';
import { measureLoading } from './loading.ts';
import { type Measurement, passes, table } from './measurement.ts';
import { measureFunctionCalls, measureReleases, measureTransitionPace } from './pace.ts';
import { measureStorms } from './storm-pace.ts';
import { measureTransitions } from './transitions.ts';
import { measureWaits } from './waits.ts';
import { measureSynth, measureTests } from './wall-time.ts';
import { measureWayBack } from './way-back.ts';

const USAGE = `npm run bench [-- --json] [-- --all]
  --json  one JSON object on stdout and nothing else
  --all   also how long npm test takes`;

/** In this order: what runs in processes of its own first, while this one has not grown yet. */
const MEASURES = [
  measureBundles,
  measureSynth,
  measureStorms,
  measureLoading,
  measureTransitions,
  measureWaits,
  measureWayBack,
  measureReleases,
  measureFunctionCalls,
  measureTransitionPace,
  measureCanaryVerdicts,
] as const;

async function main(args: readonly string[]): Promise<void> {
  const unknown = args.filter((arg) => arg !== '--json' && arg !== '--all');
  if (unknown.length > 0) {
    console.error(`unknown argument ${unknown.join(' ')}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const measures = args.includes('--all') ? [...MEASURES, measureTests] : MEASURES;
  const measurements: Measurement[] = [];
  for (const measure of measures) measurements.push(...(await measure()));
  console.log(args.includes('--json') ? json(measurements) : table(measurements));
  if (!measurements.every(passes)) process.exitCode = 1;
}

const json = (measurements: readonly Measurement[]): string =>
  JSON.stringify({
    measurements: measurements.map((one) => ({ ...one, passed: passes(one) })),
  });

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
