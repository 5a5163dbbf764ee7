import * as z from 'zod';
import { leastRolloutSeconds } from '../../lambdas/core/refresh-request.ts';
import { type Finding, type Path, shown } from './catalogue-error.ts';
import { durationSeconds, durationText } from './duration.ts';
import { isToken, valueAt } from './explain.ts';
import { approvalSecondsOf, checkGates, probesIn } from './gate-checks.ts';
import { nearest } from './nearest.ts';
import { defaults } from './normalise.ts';
import { checkPlaces } from './probe-checks.ts';
import { checkpointSchema, healthySchema } from './schema.ts';
import { checkWaiting, checkWaveGates, probesOfWaves } from './wave-checks.ts';

/** StartInstanceRefresh waits at most so long at a checkpoint. */
const holdSecondsMax = 48 * 3600;
/** Both the soonest that EventBridge Scheduler repeats and the shortest timeout that is worth a transition. */
const intervalSecondsMin = 60;

/**
 * The second pass: what no schema of a single value can say. Reads whatever parsed: what is malformed has been reported
 * by the first pass and is stepped over here, so that both lists together are all mistakes at once.
 */
export function crossChecks(value: unknown): readonly Finding[] {
  return [
    ...checkIntervals(value),
    ...checkWaiting(value, lookSecondsOf(value)),
    ...checkUpstreamImages(value),
    ...entries(value, 'fleets').flatMap(([name]) => checkFleet(value, name)),
    ...checkPlaces([
      ...entries(value, 'fleets').flatMap(([name]) => {
        const path = ['fleets', name, 'gates'];
        return probesIn(valueAt(value, path), path);
      }),
      ...probesOfWaves(value),
    ]),
    ...checkGroupsAreUnique(value),
    ...checkWaves(value),
    ...checkWaveGates(
      value,
      secondsAt(value, ['look', 'waiting']) ??
        Math.max(defaults.look.waitingSeconds, lookSecondsOf(value)),
    ),
  ];
}

const entries = (value: unknown, section: string): readonly (readonly [string, unknown])[] => {
  const found = valueAt(value, [section]);
  const isMapping = typeof found === 'object' && found !== null && !Array.isArray(found);
  return isMapping ? Object.entries(found) : [];
};

/** The value at a path when it is what the schema takes. */
function read<Output>(value: unknown, path: Path, schema: z.ZodType<Output>): Output | undefined {
  return schema.safeParse(valueAt(value, path)).data;
}

const textAt = (value: unknown, path: Path) => read(value, path, z.string());

const secondsAt = (value: unknown, path: Path) => {
  const text = textAt(value, path);
  return text === undefined ? undefined : durationSeconds(text);
};

const lookSecondsOf = (value: unknown) =>
  secondsAt(value, ['look', 'refresh']) ?? defaults.look.refreshSeconds;

function checkIntervals(value: unknown): readonly Finding[] {
  const paths: readonly Path[] = [
    ['look', 'refresh'],
    ['look', 'bake'],
    ['checkBaseImagesEvery'],
    ['sweepEvery'],
  ];
  return paths.flatMap((path): Finding[] => {
    const seconds = secondsAt(value, path);
    const fits =
      seconds === undefined ||
      (seconds >= intervalSecondsMin && seconds % intervalSecondsMin === 0);
    const came = shown(valueAt(value, path));
    return fits ? [] : [{ path, at: 'value', expected: 'whole minutes, at least 1m', came }];
  });
}

/** Kiln's own changes never count as causes, so no image of this hub can be the upstream of another. */
function checkUpstreamImages(value: unknown): readonly Finding[] {
  const own = `image/kiln-${textAt(value, ['hub']) ?? defaults.hub}-`;
  return entries(value, 'images').flatMap(([name]): Finding[] => {
    const path = ['images', name, 'base', 'imageBuilder'];
    const arn = textAt(value, path);
    if (!arn?.includes(own)) return [];
    return [
      {
        path,
        at: 'value',
        expected: 'an image that this hub does not bake itself',
        came: shown(arn),
      },
    ];
  });
}

function checkFleet(value: unknown, fleet: string): readonly Finding[] {
  return [
    ...checkReference(value, ['fleets', fleet, 'image'], 'images'),
    ...checkCheckpoints(value, fleet),
    ...checkHealthy(value, fleet),
    ...checkGates(
      valueAt(value, ['fleets', fleet, 'gates']),
      ['fleets', fleet, 'gates'],
      checkpointsOf(value, fleet),
    ),
    ...checkEvidence(value, fleet),
    ...checkRolloutLimit(value, fleet),
  ];
}

/** Below 100: where a fleet is held. */
const checkpointsOf = (value: unknown, fleet: string): readonly number[] =>
  (read(value, ['fleets', fleet, 'checkpoints'], z.array(checkpointSchema)) ?? [])
    .map(({ percent }) => percent)
    .filter((percent) => percent < 100);

function checkReference(
  value: unknown,
  path: Path,
  section: 'images' | 'fleets',
): readonly Finding[] {
  const name = textAt(value, path);
  const names = entries(value, section).map(([key]) => key);
  if (name === undefined || isToken(name) || names.includes(name)) return [];
  const expected =
    names.length === 0
      ? `one of the ${section}, of which there is none`
      : `one of the ${section} ${names.join(', ')}`;
  return [{ path, at: 'value', expected, came: shown(name), nearest: nearest(name, names) }];
}

function checkCheckpoints(value: unknown, fleet: string): readonly Finding[] {
  const path = ['fleets', fleet, 'checkpoints'];
  const checkpoints = valueAt(value, path);
  if (!Array.isArray(checkpoints)) return [];
  const findings: Finding[] = [];
  let before = 0;
  for (const index of checkpoints.keys()) {
    const percent = read(value, [...path, index, 'percent'], checkpointSchema.shape.percent);
    if (percent === undefined) continue;
    const at = [...path, index, 'percent'];
    if (percent <= before) {
      const expected = `checkpoints that rise, here more than ${before}`;
      findings.push({ path: at, at: 'value', expected, came: String(percent) });
    } else if (index === checkpoints.length - 1 && percent !== 100) {
      findings.push({
        path: at,
        at: 'value',
        expected: '100 as the last checkpoint',
        came: String(percent),
      });
    }
    before = Math.max(before, percent);
    findings.push(...checkHold(value, [...path, index, 'hold'], percent));
  }
  return findings;
}

/**
 * A refresh goes on by itself when its checkpoint delay ends, so a hold must leave room for two looks: one may just have
 * missed the checkpoint, the next one sees it. @see ASG user guide, asg-adding-checkpoints-instance-refresh
 */
function checkHold(value: unknown, path: Path, percent: number): readonly Finding[] {
  const hold = valueAt(value, path);
  const seconds = secondsAt(value, path);
  if (hold !== undefined && seconds === undefined) return [];
  if (percent === 100) {
    const expected = 'no hold at 100: the whole fleet is watched by the soak';
    return hold === undefined ? [] : [{ path, at: 'key', expected, came: shown(hold) }];
  }
  const least = 2 * lookSecondsOf(value);
  if (seconds !== undefined && seconds >= least && seconds <= holdSecondsMax) return [];
  const expected = `a hold from ${durationText(least)} (twice look.refresh) to 48h`;
  return [{ path, at: 'value', expected, came: shown(hold) }];
}

function checkHealthy(value: unknown, fleet: string): readonly Finding[] {
  return (['forward', 'back'] as const).flatMap((direction): Finding[] => {
    const path = ['fleets', fleet, 'healthy', direction];
    const pair = read(value, path, healthySchema.shape[direction]);
    if (!pair || pair.max - pair.min <= 100) return [];
    const expected = `max at most 100 more than min, here at most ${pair.min + 100}`;
    return [{ path: [...path, 'max'], at: 'value', expected, came: String(pair.max) }];
  });
}

/** Evidence that is waited for no longer than the soak lasts would never be waited for. */
function checkEvidence(value: unknown, fleet: string): readonly Finding[] {
  const path = ['fleets', fleet, 'soakEvidence', 'longest'];
  const longest = secondsAt(value, path);
  const soak = secondsAt(value, ['fleets', fleet, 'soak']);
  if (longest === undefined || soak === undefined || longest > soak) return [];
  const expected = `more than the soak of ${durationText(soak)}`;
  return [{ path, at: 'value', expected, came: shown(valueAt(value, path)) }];
}

function checkRolloutLimit(value: unknown, fleet: string): readonly Finding[] {
  const path = ['fleets', fleet, 'limits', 'rollout'];
  const limit = secondsAt(value, path);
  const checkpoints = read(value, ['fleets', fleet, 'checkpoints'], z.array(checkpointSchema));
  const soak = secondsAt(value, ['fleets', fleet, 'soak']);
  const longest = secondsAt(value, ['fleets', fleet, 'soakEvidence', 'longest']) ?? 0;
  if (limit === undefined || !checkpoints || soak === undefined) return [];
  const least = leastRolloutSeconds(
    checkpoints.map(({ percent, hold }) => ({
      percent,
      holdSeconds: hold === undefined ? 0 : (durationSeconds(hold) ?? 0),
    })),
    { refreshSeconds: lookSecondsOf(value) },
    Math.max(soak, longest),
  );
  const asked = approvalSecondsOf(valueAt(value, ['fleets', fleet, 'gates']));
  if (limit > least + asked) return [];
  const waits = `a pause of the longest hold at each checkpoint${asked > 0 ? ', the approvals' : ''} and the soak`;
  const expected = `more than ${durationText(least + asked)}, which ${waits} alone take`;
  return [{ path, at: 'value', expected, came: shown(valueAt(value, path)) }];
}

function checkGroupsAreUnique(value: unknown): readonly Finding[] {
  const owners = new Map<string, string>();
  return entries(value, 'fleets').flatMap(([fleet]): Finding[] => {
    const path = ['fleets', fleet, 'autoScalingGroup'];
    const group = textAt(value, path);
    if (group === undefined) return [];
    const owner = owners.get(group);
    if (owner === undefined) {
      owners.set(group, fleet);
      return [];
    }
    const expected = 'a group that no other fleet names';
    return [{ path, at: 'value', expected, came: `${shown(group)}, the group of fleet ${owner}` }];
  });
}

function checkWaves(value: unknown): readonly Finding[] {
  const waves = read(value, ['waves'], z.array(z.unknown())) ?? [];
  const waveNames = new Set<string>();
  const waveOf = new Map<string, string>();
  const findings: Finding[] = [];
  for (const index of waves.keys()) {
    const wave = textAt(value, ['waves', index, 'name']) ?? `number ${index + 1}`;
    if (waveNames.has(wave)) {
      const path = ['waves', index, 'name'];
      findings.push({
        path,
        at: 'value',
        expected: 'a name that no other wave has',
        came: shown(wave),
      });
    }
    waveNames.add(wave);
    const fleets = read(value, ['waves', index, 'fleets'], z.array(z.unknown())) ?? [];
    for (const place of fleets.keys()) {
      const path = ['waves', index, 'fleets', place];
      const fleet = textAt(value, path);
      if (fleet === undefined) continue;
      findings.push(...checkReference(value, path, 'fleets'));
      const other = waveOf.get(fleet);
      if (other !== undefined) {
        const came = `${shown(fleet)}, which is in wave ${other} already`;
        findings.push({ path, at: 'value', expected: 'each fleet in one wave', came });
      }
      waveOf.set(fleet, other ?? wave);
    }
  }
  return [...findings, ...checkFleetsHaveWaves(value, new Set(waveOf.keys()))];
}

function checkFleetsHaveWaves(value: unknown, inWaves: ReadonlySet<string>): readonly Finding[] {
  if (!Array.isArray(valueAt(value, ['waves']))) return [];
  const fleets = entries(value, 'fleets').map(([name]) => name);
  return fleets
    .filter((fleet) => !inWaves.has(fleet))
    .map((fleet): Finding => {
      const strangers = [...inWaves].filter((name) => !fleets.includes(name));
      const near = nearest(fleet, strangers);
      const came =
        near === undefined
          ? 'no wave that names it'
          : `no wave that names it (one names "${near}")`;
      return {
        path: ['fleets', fleet],
        at: 'key',
        expected: 'a fleet that is in exactly one wave',
        came,
      };
    });
}
