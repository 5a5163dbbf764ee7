/** One mistake in a catalogue or in a file that it names. */
export interface CatalogueError {
  readonly file: string;
  /** From 1; 0 where the catalogue was not read from a file. */
  readonly line: number;
  /** `fleets.web-prod.checkpoints[1].hold`; empty for the whole file. */
  readonly path: string;
  readonly expected: string;
  readonly came: string;
  /** The valid key or name that was most likely meant. */
  readonly nearest?: string | undefined;
  /** All of the above as one line. */
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** A mistake before it is known where in a file it stands. */
export interface Finding {
  readonly path: Path;
  /** Whether the key or the value at the path is wrong. */
  readonly at: 'key' | 'value';
  readonly expected: string;
  readonly came: string;
  readonly nearest?: string | undefined;
  /** The file and line, where it is not the catalogue's own. */
  readonly place?: { readonly file: string; readonly line: number } | undefined;
}

export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
    '',
  );
}

/** How a value is shown: JSON, shortened; `nothing` where there is none. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}..."` : text;
}

/** @see CatalogueError.message */
export function toError(finding: Finding, file: string, line: number): CatalogueError {
  const at = { file: finding.place?.file ?? file, line: finding.place?.line ?? line };
  const path = pathText(finding.path);
  const { expected, came, nearest } = finding;
  const where = at.line > 0 ? `${at.file}:${at.line}` : at.file;
  const subject = path === '' ? '' : ` ${path}:`;
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  const message = `${where}:${subject} expected ${expected}, came ${came}${hint}`;
  return { ...at, path, expected, came, ...(nearest === undefined ? {} : { nearest }), message };
}
