import type { CanaryFinding } from '../../lambdas/core/canary/judge-canary.ts';
import type { MetricFinding } from '../../lambdas/core/canary/policy.ts';
import { short } from '../../lambdas/core/canary/showing.ts';
import { type Colour, type Paint, shortened, wrapped } from './style.ts';

const COLOURS = {
  pass: 'green',
  high: 'red',
  low: 'red',
  'no-data': 'yellow',
  green: 'green',
  red: 'red',
  inconclusive: 'yellow',
} as const satisfies Readonly<Record<string, Colour>>;

const NAME_WIDTH = 32;
const INDENT = '    ';

/** What was found, for people: a row for each metric with its reason below, the groups, the verdict last. */
export function judgeTable(
  finding: CanaryFinding,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): string {
  const head = ['metric', '', 'shift', 'interval', 'effect', 'p'] as const;
  const rows = [head, ...finding.metrics.map(cells)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0));
  const metrics = finding.metrics.map((metric) => {
    const [name = '', kind = '', ...numbers] = line(cells(metric));
    const row = [name, paint(COLOURS[metric.classification], kind), ...numbers].join('  ');
    const reason = wrapped(metric.reason, width - INDENT.length);
    return [row.trimEnd(), ...reason.map((text) => paint('dim', `${INDENT}${text}`))].join('\n');
  });
  const groups = Object.entries(finding.groups).map(
    ([name, { score, weight, passed, metrics: all }]) =>
      `group ${name}: score ${short(score)}, ${passed} of ${all} pass, weight ${short(weight)}`,
  );
  const verdict = wrapped(`${finding.verdict}: ${finding.reason}`, width).join('\n');
  return [
    paint('bold', line(head).join('  ').trimEnd()),
    ...metrics,
    '',
    ...groups,
    '',
    paint(COLOURS[finding.verdict], verdict),
  ].join('\n');
}

const cells = (metric: MetricFinding): readonly string[] => [
  shortened(metric.name, NAME_WIDTH),
  `${metric.classification}${metric.critical ? ' (critical)' : ''}`,
  shown(metric.shift),
  metric.interval === null ? '-' : metric.interval.map(short).join(' to '),
  shown(metric.effectSize),
  shown(metric.pValue),
];

const shown = (value: number | null): string => (value === null ? '-' : short(value));
