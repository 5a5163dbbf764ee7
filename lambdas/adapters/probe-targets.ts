import { type ProbeAttempt, standing, type TargetTally, tally } from '../core/probe/attempt.ts';
import type { ProbeAnswer, ProbeRequest, ProbeTarget } from '../core/probe/exchange.ts';
import { parsePattern } from '../core/probe/pattern.ts';
import { BODY_BYTES_MAX, PAUSE_MS, type ProbeRequirements } from '../core/probe/policy.ts';
import { type AttemptPorts, attempt, type BodyCheck } from './probe-attempt.ts';

/**
 * Asks all targets side by side, each again and again until it passes, fails, or its attempts are used up. As every
 * attempt has its own timeout, the whole takes no longer than `attemptsMs` of what is asked.
 */
export async function probeTargets(
  { targets, asked }: ProbeRequest,
  ports: AttemptPorts,
): Promise<ProbeAnswer> {
  const checkBody = bodyCheck(asked);
  const tallies = await Promise.all(
    targets.map((target) => probeTarget(target, asked, checkBody, ports)),
  );
  return { targets: tallies };
}

async function probeTarget(
  target: ProbeTarget,
  asked: ProbeRequirements,
  checkBody: BodyCheck,
  ports: AttemptPorts,
): Promise<TargetTally> {
  const made: ProbeAttempt[] = [];
  for (;;) {
    made.push(await attempt(target, asked, checkBody, ports));
    const so = tally(target.target, made, asked);
    if (made.length >= asked.attempts || standing(so, asked) !== 'open') return so;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const SHOWN_CHARACTERS = 60;
const shown = (text: string): string =>
  JSON.stringify(
    text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS - 1)}…`,
  );

/** @throws Error for a pattern that the catalogue should have refused */
function bodyCheck({ contains, matches }: ProbeRequirements): BodyCheck {
  const parsed = matches === undefined ? undefined : parsePattern(matches);
  if (parsed?.ok === false) throw new Error(`the pattern ${matches}: ${parsed.problem}`);
  return (body) => {
    const bytes = Buffer.byteLength(body);
    const where = `in ${bytes >= BODY_BYTES_MAX ? `the first ${BODY_BYTES_MAX}` : bytes} bytes of body`;
    if (contains !== undefined && !body.includes(contains)) return `no ${shown(contains)} ${where}`;
    const fits = parsed?.pattern.matches(body) ?? true;
    return fits ? undefined : `nothing that matches ${shown(matches ?? '')} ${where}`;
  };
}
