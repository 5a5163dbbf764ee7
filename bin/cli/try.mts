import { readCatalogue } from './catalogue-file.ts';
import { synthesize } from './synthesize.ts';
import { playHistory } from './history.ts';
import { settingsOf } from '../../simulator/scenarios/catalogue.ts';
import { scenarios } from '../../simulator/scenarios/all.ts';
import { Transcript } from '../../simulator/transcript/transcript.ts';
import { clockShown } from '../../simulator/transcript/short-names.ts';
const t0 = performance.now();
const catalogue = readCatalogue('examples/web/kiln.yaml');
const assembly = await synthesize(catalogue);
console.log('synth', performance.now() - t0);
const [setting] = settingsOf(catalogue);
const names = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const transcript = new Transcript();
const fs = await import('node:fs');
const out = fs.createWriteStream('/tmp/rehearse-trace.jsonl');
const t1 = performance.now();
const history = await playHistory({
  catalogue, assembly, world: {}, seed: 1, replay: 'x',
  acts: names.map((name) => ({ scenario: scenarios.find((s) => s.name === name)!, setting: setting! })),
  hear: (line) => {
    out.write(JSON.stringify(line) + '\n');
    for (const { atMs, who, what } of transcript.tell(line)) console.log(clockShown(atMs), who.padEnd(34), what.slice(0, 230));
  },
});
console.log('play', performance.now() - t1);
console.log(JSON.stringify(history, null, 1));
