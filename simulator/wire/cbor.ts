/**
 * The part of CBOR (RFC 8949) that smithy-rpc-v2-cbor speaks: what a document of the AWS clients can hold.
 * @see https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 */
import { AwsError } from '../contract.ts';
import { type DocumentStyle, dateOfSeconds } from './document.ts';

/** Instants and bytes stay what they are; `encodeCbor` knows them. */
export const cborStyle: DocumentStyle = {
  instant: (value) => value,
  blob: (value) => value,
  number: (value) => value,
};

export function encodeCbor(value: unknown): Uint8Array {
  const chunks: Uint8Array[] = [];
  write(value, chunks);
  return Uint8Array.from(Buffer.concat(chunks));
}

function write(value: unknown, out: Uint8Array[]): void {
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    out.push(head(3, text.length), text);
  } else if (typeof value === 'number') {
    out.push(number(value));
  } else if (typeof value === 'boolean') {
    out.push(Uint8Array.of(value ? 0xf5 : 0xf4));
  } else if (value === null || value === undefined) {
    out.push(Uint8Array.of(0xf6));
  } else if (value instanceof Uint8Array) {
    out.push(head(2, value.length), value);
  } else if (value instanceof Date) {
    out.push(head(6, 1), double(value.getTime() / 1000));
  } else if (Array.isArray(value)) {
    out.push(head(4, value.length));
    for (const each of value) write(each, out);
  } else {
    const entries = Object.entries(value);
    out.push(head(5, entries.length));
    for (const [key, each] of entries) {
      write(key, out);
      write(each, out);
    }
  }
}

function number(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return double(value);
  return value >= 0 ? head(0, value) : head(1, -1 - value);
}

function double(value: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** Major type and argument in the fewest bytes. */
function head(major: number, argument: number): Uint8Array {
  const type = major << 5;
  if (argument < 24) return Uint8Array.of(type | argument);
  if (argument < 0x100) return Uint8Array.of(type | 24, argument);
  const bytes = Buffer.alloc(argument < 0x1_0000 ? 3 : argument < 0x1_0000_0000 ? 5 : 9);
  bytes[0] = type | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  if (bytes.length === 9) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(argument, 1, bytes.length - 1);
  return bytes;
}

/** @throws SerializationException for bytes that are no whole CBOR item. */
export function decodeCbor(bytes: Uint8Array): unknown {
  return new Reader(bytes).item();
}

const breakMark = Symbol('break');

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  item(): unknown {
    const value = this.next();
    return value === breakMark ? malformed() : value;
  }

  private next(): unknown {
    const first = this.take(1).readUInt8(0);
    const major = first >> 5;
    const info = first & 31;
    if (major === 7) return this.simple(info);
    const endless = info === 31;
    const argument = endless ? Number.POSITIVE_INFINITY : this.argument(info);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return endless
          ? Buffer.concat(this.items(argument) as Buffer[])
          : Uint8Array.from(this.take(argument));
      case 3:
        return endless ? this.items(argument).join('') : this.take(argument).toString('utf8');
      case 4:
        return this.items(argument);
      case 5:
        return this.map(argument);
      default:
        return this.tagged(argument);
    }
  }

  private items(count: number): unknown[] {
    const items: unknown[] = [];
    while (items.length < count) {
      const each = this.next();
      if (each === breakMark) return items;
      items.push(each);
    }
    return items;
  }

  private map(count: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (let index = 0; index < count; index++) {
      const key = this.next();
      if (key === breakMark) break;
      result[String(key)] = this.item();
    }
    return result;
  }

  private tagged(tag: number): unknown {
    const value = this.item();
    return tag === 1 && typeof value === 'number' ? dateOfSeconds(value) : value;
  }

  private simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return half(this.take(2).readUInt16BE(0));
      case 26:
        return this.take(4).readFloatBE(0);
      case 27:
        return this.take(8).readDoubleBE(0);
      case 31:
        return breakMark;
      default:
        return malformed();
    }
  }

  private argument(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.take(1).readUInt8(0);
    if (info === 25) return this.take(2).readUInt16BE(0);
    if (info === 26) return this.take(4).readUInt32BE(0);
    return info === 27 ? Number(this.take(8).readBigUInt64BE(0)) : malformed();
  }

  private take(count: number): Buffer {
    const end = this.at + count;
    if (end > this.bytes.length) malformed();
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

/** A half-precision float: one sign bit, five of exponent, ten of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

function malformed(): never {
  throw new AwsError('SerializationException', 'the body is no CBOR document');
}
