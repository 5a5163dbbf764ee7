/**
 * Patterns that a body is matched against: the part of regular expressions that is matched in time that grows with the
 * length of the text and of the pattern, whatever they are. Of JavaScript's syntax there are characters, `.`, classes
 * (`[a-z]`, `[^,]`), `\d \D \w \W \s \S`, `\n \r \t` and escaped punctuation; `*`, `+`, `?` after one of these; `^` at the
 * beginning, `$` at the end; and `|` between whole alternatives. Groups, counts, references and looking around are not there.
 */
export interface Pattern {
  /** Whether some part of the text fits. Takes at most `text.length` × `pattern.length` steps. */
  readonly matches: (text: string) => boolean;
}

export type ParsedPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly problem: string };

/** One character of the text, so and so often. */
interface Atom {
  readonly fits: (unit: string) => boolean;
  readonly optional: boolean;
  readonly repeats: boolean;
}

interface Alternative {
  readonly atoms: readonly Atom[];
  readonly fromStart: boolean;
  readonly toEnd: boolean;
}

export function parsePattern(source: string): ParsedPattern {
  const alternatives: Alternative[] = [];
  for (const part of alternativesOf(source)) {
    const parsed = parseAlternative(part);
    if (typeof parsed === 'string') return { ok: false, problem: parsed };
    alternatives.push(parsed);
  }
  return {
    ok: true,
    pattern: { matches: (text) => alternatives.some((one) => occurs(one, text)) },
  };
}

/** A class or an escaped character is one token, so that a `|` in there parts nothing. */
const TOKEN = /\\[\s\S]?|\[\^?(?:\\[\s\S]|[^\]\\])*\]?|[\s\S]/g;

function alternativesOf(source: string): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  for (const token of source.match(TOKEN) ?? []) {
    if (token === '|') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function parseAlternative(tokens: readonly string[]): Alternative | string {
  const fromStart = tokens[0] === '^';
  const toEnd = tokens.length > (fromStart ? 1 : 0) && tokens.at(-1) === '$';
  const atoms: Atom[] = [];
  for (const token of tokens.slice(fromStart ? 1 : 0, toEnd ? -1 : tokens.length)) {
    const last = atoms.at(-1);
    if (/^[*+?]$/.test(token)) {
      if (last === undefined || last.optional || last.repeats) {
        return `${token} needs one character or class before it`;
      }
      atoms[atoms.length - 1] = { ...last, optional: token !== '+', repeats: token !== '?' };
      continue;
    }
    const fits = fitsOf(token);
    if (typeof fits === 'string') return fits;
    atoms.push({ fits, optional: false, repeats: false });
  }
  if (atoms.every(({ optional }) => optional)) return 'it matches an empty text';
  return { atoms, fromStart, toEnd };
}

const ESCAPED = /^\\(?:[dDwWsSnrt]|[!-/:-@[-`{-~])$/;

function fitsOf(token: string): Atom['fits'] | string {
  if (/^[(){}]$/.test(token)) {
    return `${token} is not taken: there are no groups and no counts (write \\${token} for the character)`;
  }
  if (/^[\^$]$/.test(token)) return `${token} is taken at the beginning or the end alone`;
  if (token.startsWith('\\') && !ESCAPED.test(token)) return `${token} is not taken`;
  if (token.startsWith('[')) {
    const escapes = token.match(/\\[\s\S]/g) ?? [];
    const stranger = escapes.find((one) => !ESCAPED.test(one));
    if (stranger !== undefined) return `${stranger} is not taken`;
    if (!token.endsWith(']') || /^\[\^?\]$/.test(token)) return `${token} is no class`;
  }
  try {
    const single = new RegExp(`^${token === ']' ? '\\]' : token}$`);
    return remembering((unit) => single.test(unit));
  } catch {
    return `${token} is no class`;
  }
}

/** A text has few different characters: each is asked about once. */
function remembering(fits: (unit: string) => boolean): (unit: string) => boolean {
  const known = new Map<string, boolean>();
  return (unit) => {
    const before = known.get(unit);
    if (before !== undefined) return before;
    const now = fits(unit);
    known.set(unit, now);
    return now;
  };
}

/** All places of the pattern at once, character by character: no text makes it try anything twice. */
function occurs({ atoms, fromStart, toEnd }: Alternative, text: string): boolean {
  const end = atoms.length;
  let places = new Uint8Array(end + 1);
  enter(places, 0, atoms);
  for (let index = 0; index < text.length; index += 1) {
    if (!toEnd && places[end] === 1) return true;
    const unit = text.charAt(index);
    const next = new Uint8Array(end + 1);
    if (!fromStart) enter(next, 0, atoms);
    for (let at = 0; at < end; at += 1) {
      const atom = atoms[at];
      if (places[at] !== 1 || atom === undefined || !atom.fits(unit)) continue;
      if (atom.repeats) next[at] = 1;
      enter(next, at + 1, atoms);
    }
    places = next;
  }
  return places[end] === 1;
}

/** The place, and those behind it that are reached without a character. */
function enter(places: Uint8Array, from: number, atoms: readonly Atom[]): void {
  places[from] = 1;
  for (let at = from; atoms[at]?.optional === true; at += 1) places[at + 1] = 1;
}
