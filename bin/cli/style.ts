/** Colours where a terminal takes them. */

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  cyan: 36,
} as const;
export type Colour = keyof typeof CODES;

export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;
export const coloured: Paint = (colour, text) =>
  text === '' ? '' : `\u001b[${CODES[colour]}m${text}\u001b[0m`;

/** @see https://no-color.org: any value that is not empty switches colour off. */
export const paintFor = (
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint => (stream.isTTY === true && !environment.NO_COLOR ? coloured : plain);

/** Text cut to so many characters, with a sign that it was. */
export const shortened = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** Text in lines of at most so many characters, broken between words; a longer word is cut. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).map((one) => shortened(one, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}
