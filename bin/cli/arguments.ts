import { parseArgs } from 'node:util';
import { nearest } from '../../lib/catalogue/nearest.ts';
import { UserMistake } from './user-mistake.ts';

/** An option of a command: with a value when it names one, a switch when not. */
export interface OptionSpec {
  readonly value?: string;
  readonly repeatable?: boolean;
  /** For `--help`. */
  readonly says: string;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Given<Spec extends OptionSpec> = Spec extends { readonly value: string }
  ? Spec extends { readonly repeatable: true }
    ? readonly string[]
    : string | undefined
  : boolean;
export type GivenOptions<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Given<Specs[Name]>;
};

/** @throws UserMistake naming what is wrong and, where it is near something known, what was meant */
export function parseOptions<const Specs extends OptionSpecs>(
  args: readonly string[],
  specs: Specs,
): GivenOptions<Specs> {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value, repeatable = false }]) => [
      name,
      value === undefined
        ? ({ type: 'boolean' } as const)
        : ({ type: 'string', multiple: repeatable } as const),
    ]),
  );
  refuseUnknown(args, Object.keys(specs));
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    const given = Object.entries(specs).map(([name, { value, repeatable }]) => {
      const absent = value === undefined ? false : repeatable === true ? [] : undefined;
      return [name, values[name] ?? absent];
    });
    return Object.fromEntries(given) as GivenOptions<Specs>;
  } catch (error) {
    // Node's messages name the option and go on with advice about positional arguments.
    const [message = 'bad arguments'] = String((error as Error).message).split('\n');
    throw new UserMistake(message.replace(/ To specify.*$/, ''), { cause: error });
  }
}

function refuseUnknown(args: readonly string[], known: readonly string[]): void {
  for (const arg of args) {
    if (!arg.startsWith('--')) continue;
    const [name = ''] = arg.slice(2).split('=');
    if (known.includes(name)) continue;
    throw new UserMistake(`there is no option --${name}${meant(name, known, '--')}`);
  }
}

/** `; did you mean --list?`, or what there is. */
export function meant(name: string, known: readonly string[], prefix = ''): string {
  const near = nearest(name, known);
  const list = known.map((one) => `${prefix}${one}`).join(', ');
  return near === undefined ? `; there is ${list}` : `; did you mean ${prefix}${near}?`;
}

/** @throws UserMistake unless it is a whole number, 0 or more */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new UserMistake(
    `--${option}: expected a whole number, 0 or more, got ${JSON.stringify(text)}`,
  );
}

/** The options of a command, one to a line. */
export function optionsShown(specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(
    ([name, { value, says }]) =>
      [`--${name}${value === undefined ? '' : ` ${value}`}`, says] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, says]) => `  ${left.padEnd(width)}  ${says}`).join('\n');
}
