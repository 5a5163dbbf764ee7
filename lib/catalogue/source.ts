import type { Node, Pair } from 'yaml';
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Finding, Path } from './catalogue-error.ts';

/** A parsed YAML file that still knows where everything stood. */
export interface Source {
  readonly value: unknown;
  /** Syntax errors, duplicate keys and the like, each with its line in `place`. */
  readonly findings: readonly Finding[];
  /** True when the text is broken so that `value` is worth no further look. */
  readonly broken: boolean;
  /** Line, from 1, of what stands at a path; of its nearest existing parent where nothing does. */
  lineOf(path: Path, at: 'key' | 'value'): number;
}

const expectations: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'each key once in a mapping',
  MULTIPLE_DOCS: 'one YAML document',
  TAB_AS_INDENT: 'spaces, not tabs, as indentation',
};

/** Reads YAML without throwing, whatever the text. */
export function readSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const problems = [...document.errors, ...document.warnings];
  const findings = problems.map((problem): Finding => {
    const came =
      problem.code === 'DUPLICATE_KEY'
        ? `${text.slice(problem.pos[0]).match(/^[^\s:]+/)?.[0] ?? 'a key'} a second time`
        : problem.message.replace(/\s+/g, ' ');
    return {
      path: [],
      at: 'value',
      expected: expectations[problem.code] ?? 'valid YAML',
      came,
      place: { file, line: lineAt(problem.pos[0]) },
    };
  });
  let value: unknown;
  let broken = document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases that multiply beyond all measure.
    broken = true;
    const came = error instanceof Error ? error.message : String(error);
    findings.push({
      path: [],
      at: 'value',
      expected: 'valid YAML',
      came,
      place: { file, line: 1 },
    });
  }
  const lineOf = (path: Path, at: 'key' | 'value') => lineAt(offsetOf(document.contents, path, at));
  return { value, findings, broken, lineOf };
}

const startOf = (node: unknown): number | undefined => {
  const range =
    isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range?.[0];
};

function offsetOf(root: Node | null, path: Path, at: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (!pair) return offset;
      const key = startOf(pair.key) ?? offset;
      const value = startOf(pair.value);
      // A block that begins on the next line is best pointed at by its key.
      const flow = isScalar(pair.value) || isAlias(pair.value);
      offset = last && at === 'value' && flow ? (value ?? key) : key;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
