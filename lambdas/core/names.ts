/** Names that Kiln gives to things in AWS, and how they are read back. */

/** Most characters of the name of an execution ("Service quotas" of Step Functions). */
const EXECUTION_NAME_CHARACTERS = 80;

/**
 * A short text that differs when the parts differ: FNV-1a, 64 bits, in base 36. Fit to tell things apart that nobody
 * makes collide on purpose; not a signature.
 */
export function shortHash(...parts: readonly string[]): string {
  let hash = 0xcbf29ce484222325n;
  // A part's length comes before it, so that ("ab", "c") and ("a", "bc") differ.
  for (const byte of new TextEncoder().encode(
    parts.map((part) => `${part.length}:${part}`).join(''),
  )) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(36).padStart(13, '0');
}

/** Only characters that names of executions may have and people read well; nothing at the ends but letters and digits. */
export const slug = (text: string): string =>
  text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-._]+|[-._]+$/g, '');

/** Parts joined by hyphens; cut in the last but with a hash of all, when that is too long. */
export function boundedName(...parts: readonly string[]): string {
  const whole = parts.map(slug).join('-');
  const clean = parts.every((part) => slug(part) === part);
  if (clean && whole.length <= EXECUTION_NAME_CHARACTERS) return whole;
  const hash = shortHash(...parts);
  return `${slug(whole.slice(0, EXECUTION_NAME_CHARACTERS - hash.length - 1))}-${hash}`;
}

/** `2026.11.23-1`: UTC date of the claim, counter of the image. */
export const VERSION_LABEL = /^\d{4}\.(0[1-9]|1[0-2])\.(0[1-9]|[12]\d|3[01])-[1-9]\d*$/;

export function versionLabel(claimedAtMs: number, counter: number): string {
  const date = new Date(claimedAtMs).toISOString().slice(0, 10).replaceAll('-', '.');
  return `${date}-${counter}`;
}

/** The next label of an image: counts on within a day, begins at 1 on another. */
export function nextVersionLabel(claimedAtMs: number, newest: string | undefined): string {
  const first = versionLabel(claimedAtMs, 1);
  if (newest === undefined || !VERSION_LABEL.test(newest)) return first;
  const [date = '', counter = '0'] = newest.split('-');
  // A clock that went back must not give out a label twice.
  return first.slice(0, 10) > date ? first : `${date}-${Number(counter) + 1}`;
}

interface TemplateVersionOrigin {
  readonly releaseId: string;
  /** Fleets may share a launch template; each release makes a version for each fleet. */
  readonly fleet: string;
  readonly version: string;
}

/**
 * The description of a launch template version, by which a retry finds the one that it made. EC2 takes 255 characters (EC2
 * API, CreateLaunchTemplateVersion).
 */
export const templateVersionDescription = (origin: TemplateVersionOrigin): string =>
  `kiln release ${origin.releaseId} fleet ${origin.fleet} version ${origin.version}`;
