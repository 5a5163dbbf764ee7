import { AwsError } from '../contract.ts';

/**
 * DynamoDB's numbers: decimal text of up to 38 significant digits between 1E-130 and 9.99…E+125, kept and compared
 * exactly. They never pass through a binary float.
 * @see Amazon DynamoDB Developer Guide, "Naming rules and data types", Number.
 */

/** `coefficient * 10^exponent`, without trailing zeros in the coefficient. */
interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const PLAIN_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;

/**
 * The one spelling of a number: no exponent, no leading or trailing zeros (`1.50e1` is `15`).
 * @throws ValidationException for what is not a number, is too precise, too large or too small.
 */
export function normalizeNumber(text: string): string {
  return PLAIN_INTEGER.test(text) ? text : print(parse(text));
}

/** Negative, zero or positive, as the first is less than, equal to or greater than the second. */
export function compareNumbers(left: string, right: string): number {
  if (PLAIN_INTEGER.test(left) && PLAIN_INTEGER.test(right)) return Number(left) - Number(right);
  const [a, b] = aligned(parse(left), parse(right));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @throws ValidationException when the sum has more than 38 digits or leaves the range. */
export function addNumbers(left: string, right: string): string {
  const [a, b, exponent] = aligned(parse(left), parse(right));
  return print(checked(trimmed(a + b, exponent)));
}

/** @throws ValidationException when the difference has more than 38 digits or leaves the range. */
export function subtractNumbers(left: string, right: string): string {
  const [a, b, exponent] = aligned(parse(left), parse(right));
  return print(checked(trimmed(a - b, exponent)));
}

/** Bytes that a number takes: one for two significant digits, and one. */
export function numberSizeBytes(normalized: string): number {
  const digits = normalized
    .replace(/^-/, '')
    .replace('.', '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (normalized.startsWith('-') ? 1 : 0);
}

function parse(text: string): Decimal {
  const match = NUMBER.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole + fraction === '') {
    throw invalid(`The parameter cannot be converted to a numeric value: ${text}`);
  }
  const exponent = Number(match[4] ?? '0') - fraction.length;
  // An exponent of this size is out of range whatever the digits are; refused before the power is computed.
  if (Math.abs(exponent) > 10_000) throw outOfRange(exponent > 0);
  const magnitude = BigInt(whole + fraction);
  return checked(trimmed(match[1] === '-' ? -magnitude : magnitude, exponent));
}

function trimmed(coefficient: bigint, exponent: number): Decimal {
  if (coefficient === 0n) return { coefficient, exponent: 0 };
  const digits = coefficient.toString();
  const zeros = digits.length - digits.replace(/0+$/, '').length;
  return { coefficient: coefficient / 10n ** BigInt(zeros), exponent: exponent + zeros };
}

function checked(decimal: Decimal): Decimal {
  if (decimal.coefficient === 0n) return decimal;
  const digits = digitsOf(decimal.coefficient).length;
  if (digits > 38) {
    throw invalid('Attempting to store more than 38 significant digits in a Number');
  }
  const magnitude = digits - 1 + decimal.exponent;
  if (magnitude > 125 || magnitude < -130) throw outOfRange(magnitude > 125);
  return decimal;
}

function aligned(left: Decimal, right: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(left.exponent, right.exponent);
  const scale = (d: Decimal) => d.coefficient * 10n ** BigInt(d.exponent - exponent);
  return [scale(left), scale(right), exponent];
}

function print({ coefficient, exponent }: Decimal): string {
  const sign = coefficient < 0n ? '-' : '';
  const digits = digitsOf(coefficient);
  if (exponent >= 0) return sign + digits + '0'.repeat(coefficient === 0n ? 0 : exponent);
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function digitsOf(coefficient: bigint): string {
  return (coefficient < 0n ? -coefficient : coefficient).toString();
}

function outOfRange(overflow: boolean): AwsError {
  return invalid(
    overflow
      ? 'Number overflow. Attempting to store a number with magnitude larger than supported range'
      : 'Number underflow. Attempting to store a number with magnitude smaller than supported range',
  );
}

const invalid = (message: string) => new AwsError('ValidationException', message);
