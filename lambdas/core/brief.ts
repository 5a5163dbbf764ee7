/** The longest reason that is stored, handed on to another execution, or told to people. */
export const BRIEF_CHARACTERS = 900;

/** How many things of a kind are named where a thousand may be meant. */
export const NAMED = 5;

/** A cut at the last space is good only when little more than a word is lost by it. */
const LONGEST_WORD_LOST = 40;

/** The text, trimmed, in at most so many characters: cut at a word where one is near, and then with an ellipsis. */
export function brief(text: string, characters = BRIEF_CHARACTERS): string {
  const trimmed = text.trim();
  if (trimmed.length <= characters) return trimmed;
  const room = trimmed.slice(0, characters - 1);
  const space = room.lastIndexOf(' ');
  const cut = space > 0 && space >= room.length - LONGEST_WORD_LOST ? room.slice(0, space) : room;
  // Half of a pair of surrogates is no character.
  return `${cut.replace(/[\uD800-\uDBFF]$/, '').replace(/[\s;,:]+$/, '')}…`;
}

/** The first few of many, joined, and how many there are beside them: `a, b, c, d, e and 995 more`. */
export function firstFew(all: readonly string[], separator = ', '): string {
  const named = all.slice(0, NAMED).join(separator);
  return all.length <= NAMED ? named : `${named} and ${all.length - NAMED} more`;
}
