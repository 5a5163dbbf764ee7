/** One number, and what it is held against. */
export interface Measurement {
  /** What is measured, in words. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Absent: printed, and held against nothing. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number };
  /** How the number comes about: parts, other statistics. */
  readonly detail?: string;
}

export function passes({ value, limit }: Measurement): boolean {
  if (limit === undefined) return true;
  // A number that could not be measured is a miss.
  return 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast;
}

/** Columns as wide as they must be; the last one says whether the limit is kept. */
export function table(measurements: readonly Measurement[]): string {
  const rows = [
    ['', 'value', 'limit', ''],
    ...measurements.map((one) => [
      one.name,
      `${shown(one.value)} ${one.unit}`,
      limitShown(one),
      verdict(one),
    ]),
  ];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map(([name = '', value = '', limit = '', result = '']) =>
    [
      name.padEnd(widths[0] ?? 0),
      value.padStart(widths[1] ?? 0),
      limit.padStart(widths[2] ?? 0),
      result,
    ]
      .join('  ')
      .trimEnd(),
  );
  const details = measurements.flatMap(({ name, detail }) =>
    detail === undefined ? [] : [`${name}:\n  ${detail.replaceAll('\n', '\n  ')}`],
  );
  return [...lines, '', ...details].join('\n');
}

function limitShown({ limit, unit }: Measurement): string {
  if (limit === undefined) return '-';
  return 'atMost' in limit ? `<= ${limit.atMost} ${unit}` : `>= ${limit.atLeast} ${unit}`;
}

function verdict(measurement: Measurement): string {
  if (measurement.limit === undefined) return '';
  return passes(measurement) ? 'PASS' : 'FAIL';
}

/** Three figures are as many as a busy machine can be trusted with. */
const shown = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
