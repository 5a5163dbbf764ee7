/**
 * Texts of policies that stand for many: wildcards and policy variables.
 * @see IAM user guide, "IAM JSON policy elements: Resource" and "Variables and tags"
 */

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined };

/** The single value of a condition key, which a variable in a policy stands for. */
export type Lookup = (key: string) => string | undefined;

/**
 * How far wildcards reach. `text`: over everything. `resource`: within a segment of an ARN, unless they end it.
 * `arn`: within a segment. The last segment of an ARN may contain colons itself, and wildcards cross those.
 */
export type Reach = 'text' | 'resource' | 'arn';

export interface Pattern {
  /** False too when a variable of the pattern has no value. */
  matches(value: string, lookup: Lookup): boolean;
}

const noVariables: Lookup = () => undefined;

/** Patterns have no state, and every world of a process asks for the same few hundred. */
const known = new Map<string, Pattern>();
const knownMax = 20_000;

/** @param variables false for policies older than version 2012-10-17, where `${` is text. */
export function globPattern(text: string, reach: Reach, variables: boolean): Pattern {
  const key = `${reach} ${variables} ${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const pattern = makePattern(text, reach, variables);
  if (known.size >= knownMax) known.clear();
  known.set(key, pattern);
  return pattern;
}

function makePattern(text: string, reach: Reach, variables: boolean): Pattern {
  if (text === '*') return { matches: () => true };
  const parts = parse(text, variables, true);
  if (!parts.some((each) => each.kind === 'variable')) {
    const [only] = parts;
    if (parts.length === 1 && only?.kind === 'text') {
      return { matches: (value) => value === only.text };
    }
    const regExp = regExpOf(parts, reach, noVariables);
    return { matches: (value) => regExp?.test(value) === true };
  }
  return { matches: (value, lookup) => regExpOf(parts, reach, lookup)?.test(value) === true };
}

/** A text without wildcards; `undefined` when a variable in it has no value. */
export function textTemplate(
  text: string,
  variables: boolean,
): (lookup: Lookup) => string | undefined {
  const parts = parse(text, variables, false);
  if (!parts.some((each) => each.kind === 'variable')) {
    const whole = parts.map((each) => (each.kind === 'text' ? each.text : '')).join('');
    return () => whole;
  }
  return (lookup) => {
    const texts = parts.map((each) => literalOf(each, lookup));
    return texts.includes(undefined) ? undefined : texts.join('');
  };
}

const literalOf = (part: Part, lookup: Lookup): string | undefined => {
  if (part.kind === 'text') return part.text;
  return part.kind === 'variable' ? (lookup(part.key) ?? part.fallback) : '';
};

const variable = /^\$\{([^}]*)\}/;

function parse(text: string, variables: boolean, wildcards: boolean): readonly Part[] {
  const parts: Part[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (let at = 0; at < text.length; at++) {
    const each = text.charAt(at);
    const found = variables && each === '$' ? variable.exec(text.slice(at)) : null;
    if (found !== null) {
      const name = found[1] ?? '';
      // `${*}`, `${?}` and `${$}` are the characters themselves.
      if (name === '*' || name === '?' || name === '$') plain += name;
      else {
        flush();
        parts.push(variablePart(name));
      }
      at += found[0].length - 1;
    } else if (wildcards && (each === '*' || each === '?')) {
      flush();
      parts.push({ kind: each === '*' ? 'any' : 'one' });
    } else {
      plain += each;
    }
  }
  flush();
  return parts;
}

/** `aws:PrincipalTag/team` or `aws:PrincipalTag/team, 'none'`. */
function variablePart(text: string): Part {
  const [, key = text, fallback] = /^\s*([^,]*?)\s*(?:,\s*'(.*)'\s*)?$/.exec(text) ?? [];
  return { kind: 'variable', key: key.toLowerCase(), fallback };
}

function regExpOf(parts: readonly Part[], reach: Reach, lookup: Lookup): RegExp | undefined {
  let source = '';
  let colons = 0;
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'any' || part.kind === 'one') {
      const next = parts[index + 1];
      const ends = next === undefined || (next.kind === 'text' && next.text.startsWith(':'));
      const free =
        reach === 'text' || colons >= 5 || (reach === 'resource' && part.kind === 'any' && ends);
      source += (free ? '.' : '[^:]') + (part.kind === 'any' ? '*' : '');
      continue;
    }
    const literal = literalOf(part, lookup);
    if (literal === undefined) return undefined;
    colons += literal.split(':').length - 1;
    source += literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  // An ARN has six segments; what has fewer can match none.
  if (reach === 'arn' && colons < 5) return undefined;
  return new RegExp(`^${source}$`, 's');
}
