/**
 * Which addresses a probe may connect to. A name is resolved once, every address that it has is asked about here, and the
 * connection goes to one of them: what a name resolves to a moment later changes nothing.
 */

/** `internet`: a prober outside of any VPC. `vpc`: one in a VPC of the user's, where private addresses are what it is for. */
export type ProbeReach = 'internet' | 'vpc';

/** Why no probe goes there; undefined where one may. */
export function addressRefusal(address: string, reach: ProbeReach): string | undefined {
  const bytes = bytesOf(address);
  if (bytes === undefined) return `${address} is no address`;
  const ranges = bytes.length === 4 ? V4 : V6;
  const special = ranges.find(({ prefix, bits }) => isIn(bytes, prefix, bits));
  if (special === undefined) {
    // All that is given out of IPv6 begins so; the rest is nobody's.
    const isGlobal = bytes.length === 4 || isIn(bytes, [0x20], 3);
    return isGlobal ? undefined : `${address} is in no range that is given out`;
  }
  if (special.inVpc && reach === 'vpc') return undefined;
  const where = special.inVpc ? ', which a probe without vpc does not reach' : '';
  return `${address} is ${special.what}${where}`;
}

interface Range {
  readonly prefix: readonly number[];
  readonly bits: number;
  readonly what: string;
  /** Whether a prober in a VPC may go there. */
  readonly inVpc: boolean;
}

const never = (prefix: readonly number[], bits: number, what: string): Range => ({
  ...{ prefix, bits, what },
  inVpc: false,
});
const inVpc = (prefix: readonly number[], bits: number, what: string): Range => ({
  ...{ prefix, bits, what },
  inVpc: true,
});

/**
 * @see IANA IPv4 Special-Purpose Address Registry; instance metadata (169.254.169.254), credentials of containers and the
 * surroundings of a function are link-local
 */
const V4: readonly Range[] = [
  never([0], 8, 'of this network'),
  inVpc([10], 8, 'private'),
  inVpc([100, 64], 10, 'shared by a carrier'),
  never([127], 8, 'loopback'),
  never([169, 254], 16, 'link-local'),
  inVpc([172, 16], 12, 'private'),
  never([192, 0, 0], 24, 'for protocols'),
  never([192, 0, 2], 24, 'for documentation'),
  never([192, 88, 99], 24, 'for relays'),
  inVpc([192, 168], 16, 'private'),
  never([198, 18], 15, 'for benchmarks'),
  never([198, 51, 100], 24, 'for documentation'),
  never([203, 0, 113], 24, 'for documentation'),
  never([224], 4, 'multicast'),
  never([240], 4, 'reserved'),
];

const none = (count: number): readonly number[] => new Array<number>(count).fill(0);

/**
 * @see IANA IPv6 Special-Purpose Address Registry; EC2 user guide, instancedata-data-retrieval (fd00:ec2::254). Forms that
 * carry an IPv4 address are refused whole: nothing that is refused there is reached by another spelling.
 */
const V6: readonly Range[] = [
  never([...none(15), 1], 128, 'loopback'),
  never(none(16), 128, 'unspecified'),
  never([...none(10), 0xff, 0xff], 96, 'an IPv4 address in IPv6'),
  never([0, 0x64, 0xff, 0x9b], 32, 'an IPv4 address in IPv6'),
  never([0x20, 0x02], 16, 'an IPv4 address in IPv6'),
  never([0x20, 0x01, 0], 23, 'for protocols'),
  never([0x20, 0x01, 0x0d, 0xb8], 32, 'for documentation'),
  never([0x3f, 0xff, 0], 20, 'for documentation'),
  never([0xfd, 0, 0x0e, 0xc2], 32, 'link-local at AWS'),
  inVpc([0xfc], 7, 'private'),
  never([0xfe, 0x80], 10, 'link-local'),
  never([0xff], 8, 'multicast'),
];

function isIn(bytes: readonly number[], prefix: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : (0xff << (8 - (bits - bit))) & 0xff;
    if ((((bytes[bit / 8] ?? 0) ^ (prefix[bit / 8] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** Four or sixteen bytes. Other spellings of IPv4 (octal, one number, fewer parts) are no addresses here. */
function bytesOf(address: string): readonly number[] | undefined {
  return address.includes(':') ? bytesOfV6(address) : bytesOfV4(address);
}

function bytesOfV4(address: string): readonly number[] | undefined {
  const parts = address.split('.');
  const isPlain = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part));
  const bytes = parts.map(Number);
  return isPlain && bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function bytesOfV6(address: string): readonly number[] | undefined {
  const last = address.slice(address.lastIndexOf(':') + 1);
  const v4 = last.includes('.') ? bytesOfV4(last) : [];
  if (v4 === undefined) return undefined;
  const text = v4.length === 0 ? address : address.slice(0, -last.length).replace(/([^:]):$/, '$1');
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail] = halves;
  if (halves.length > 2 || [...head, ...(tail ?? [])].some((one) => !/^[\da-f]{1,4}$/i.test(one))) {
    return undefined;
  }
  const groups = (some: readonly string[]) =>
    some.flatMap((one) => [Number.parseInt(one, 16) >> 8, Number.parseInt(one, 16) & 0xff]);
  const known = [...groups(head), ...groups(tail ?? []), ...v4].length;
  if (tail === undefined ? known !== 16 : known > 14) return undefined;
  return [...groups(head), ...none(16 - known), ...groups(tail ?? []), ...v4];
}
