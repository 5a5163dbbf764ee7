/**
 * A stream of numbers in [0, 1) that depends on nothing but seed and name.
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), keyed by an FNV-1a hash with a murmur finish.
 */
export function makeRandom(seed: number, name: string): () => number {
  const key = `${seed}/${name}`;
  let a = hash32(key, 0x811c9dc5);
  let b = hash32(key, 0x9e3779b9);
  let c = hash32(key, 0x85ebca6b);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first dozen numbers still resemble the key.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}

/** A whole number from `low` to `high`, both included. */
export function between(random: () => number, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** A version 4 UUID from a stream, as `crypto.randomUUID` writes it. */
export function randomUuid(random: () => number): string {
  const hex = randomHex(random, 32);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export function randomHex(random: () => number, digits: number): string {
  let text = '';
  while (text.length < digits) {
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  return text.slice(0, digits);
}

function hash32(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
