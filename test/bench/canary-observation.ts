import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { heldBack, RELEASES, RULES, redAtSomeLook, SLOWER } from './canary-releases.ts';

/** `npx tsx test/bench/canary-observation.ts` measures the table and the plot of docs/observations/ anew: most of a minute. */

const COLOURS = ['#8c959f', '#1a7f37', '#0969da', '#bc4c00'] as const;
const [WIDTH, HEIGHT, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT] = [800, 380, 60, 30, 560, 290];

const percentShown = (share: number): string => `${Math.round(share * 100)} %`;

function table(counts: readonly (readonly number[])[]): string {
  const rows = SLOWER.map((slower, at) => {
    const cells = counts.map((column) => String(column[at] ?? 0));
    return `| ${slower === 0 ? 'not at all: false alarms' : percentShown(slower)} | ${cells.join(' | ')} |`;
  });
  return [
    `| The canary's latency is higher by | ${RULES.map(({ name }) => name).join(' | ')} |`,
    `| --- | ${RULES.map(() => '--:').join(' | ')} |`,
    ...rows,
  ].join('\n');
}

/** Of the rules that the gate takes a tolerance of the baseline by. */
const LOOKED = RULES.slice(0, 3);
const LOOKED_SLOWER = [0, 0.1, 0.2, 0.3] as const;

function looks(): string {
  const rows = LOOKED_SLOWER.map((slower) => {
    const cells = LOOKED.map((rule) => String(redAtSomeLook(rule, slower)));
    return `| ${slower === 0 ? 'nothing: false alarms' : percentShown(slower)} | ${cells.join(' | ')} |`;
  });
  return [
    `| Higher by | ${LOOKED.map(({ name }) => name).join(' | ')} |`,
    `| --- | ${LOOKED.map(() => '--:').join(' | ')} |`,
    ...rows,
  ].join('\n');
}

function plot(counts: readonly (readonly number[])[]): string {
  const last = SLOWER.at(-1) ?? 1;
  const x = (slower: number) => LEFT + (slower / last) * PLOT_WIDTH;
  const y = (count: number) => TOP + (1 - count / RELEASES) * PLOT_HEIGHT;
  const lines = counts.map((column, rule) => {
    const points = column.map(
      (count, at) => `${x(SLOWER[at] ?? 0).toFixed(1)},${y(count).toFixed(1)}`,
    );
    const legend = TOP + 16 + rule * 22;
    return [
      `  <polyline fill="none" stroke="${COLOURS[rule]}" stroke-width="2" points="${points.join(' ')}"/>`,
      ...points.map((point) => {
        const [cx, cy] = point.split(',');
        return `  <circle cx="${cx}" cy="${cy}" r="3" fill="${COLOURS[rule]}"/>`;
      }),
      `  <line x1="${LEFT + PLOT_WIDTH + 20}" x2="${LEFT + PLOT_WIDTH + 44}" y1="${legend - 4}" y2="${legend - 4}" stroke="${COLOURS[rule]}" stroke-width="2"/>`,
      `  <text x="${LEFT + PLOT_WIDTH + 50}" y="${legend}">${RULES[rule]?.name}</text>`,
    ].join('\n');
  });
  const shares = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * RELEASES).toFixed(1);
    return `  <line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${at}" y2="${at}" stroke="#d5dae1"/>\n  <text x="${LEFT - 8}" y="${Number(at) + 4}" text-anchor="end">${percentShown(share)}</text>`;
  });
  const sizes = SLOWER.map(
    (slower) =>
      `  <text x="${x(slower).toFixed(1)}" y="${TOP + PLOT_HEIGHT + 20}" text-anchor="middle">${percentShown(slower)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">Releases held back, by how much higher the canary's latency is</title>
  <style>text { font-family: ui-sans-serif, -apple-system, "Segoe UI", Roboto, sans-serif; font-size: 13px; fill: #24292f; }</style>
  <rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" fill="#ffffff" stroke="#d5dae1"/>
${[...shares, ...sizes, ...lines].join('\n')}
  <text x="${LEFT + PLOT_WIDTH / 2}" y="${TOP + PLOT_HEIGHT + 44}" text-anchor="middle">the canary's latency is higher by</text>
  <text x="${LEFT}" y="18">releases of ${RELEASES} that are not green</text>
</svg>
`;
}

/** What the page says between its marks is the table alone; the words around it are a person's. */
const PAGE = (
  counts: readonly (readonly number[])[],
): string => `# How often the canary analysis is wrong

**Question.** Of good releases, how many does the judge of [judge.md](../judge.md) hold back, and of bad ones, how many does
it let through? Measured on invented data, since only there the truth is known; nothing here was seen on AWS.

**Highlights.**

- Without a tolerance one good release in nine is held back: of five metrics each is high by chance once in a
  hundred times, and one whose neighbouring samples are alike (memory) more often than that.
- A tolerance of 5 % of the baseline's median ends this, and still catches a latency that is 20 % higher than before.
- A tolerance is what is let through: with 5 % nearly every regression of 5 % passes, and half of those of about 12 %. Choose
  it by what would hurt, then collect samples until twice as much is caught.
- A tolerance of the shift itself, Kayenta's rule, moves with what it measures. It holds back more good releases than a
  tolerance of 5 %, and [can let the worse of two canaries pass](../judge.md#the-differences-from-kayenta).

**Method.** ${RELEASES} releases for each cell. Each has five metrics in three groups of equal weight: two latencies (log-normal
around 100 and 400, spread 0.15 and 0.35), errors a minute (Poisson, 4), processor (normal, 40 ± 4), memory (normal, 55 ± 2, each
sample half like the one before). 60 samples of the canary against 60 of the baseline. The level of the traffic differs from
release to release by up to a fifth, for both sides alike. In a bad release both latencies of the canary are higher by the
same share. Every metric: direction \`increase\`, confidence 0.98; pass 95, so that one failing metric is enough.

**Releases that were not green, of ${RELEASES}.** In the first row they are false alarms; in the others what is missing to ${RELEASES} are misses.

${table(counts)}

<img src="../pictures/canary-analysis.svg" width="800" alt="The share of releases held back rises with the regression, the later the larger the tolerance.">

**Looked at again and again.** The gate judges at every look, and red ends a rollout at once: several chances to be wrong. The same
releases, judged at 10, 15, … 60 samples, \`minimumSamples\` 10, \`marginal\` 75 (two of the five must fail); how many of
${RELEASES} are red at one look or more:

${looks()}

One new instance against one old is the least that there can be; more instances have more samples at each look. A regression that
is not red within the hour may still not be green at its end, and then goes back as inconclusive.

Made by \`npx tsx test/bench/canary-observation.ts\` ([canary-releases.ts](../../test/bench/canary-releases.ts) has the data); the
same numbers come out each time.
`;

const counts = RULES.map((rule) => SLOWER.map((slower) => heldBack(rule, slower)));
const pathOf = (file: string) => fileURLToPath(new URL(`../../docs/${file}`, import.meta.url));
mkdirSync(pathOf('observations'), { recursive: true });
writeFileSync(pathOf('observations/canary-analysis.md'), PAGE(counts));
writeFileSync(pathOf('pictures/canary-analysis.svg'), plot(counts));
