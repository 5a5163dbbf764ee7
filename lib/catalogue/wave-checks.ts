import * as z from 'zod';
import { type Finding, type Path, shown } from './catalogue-error.ts';
import { durationSeconds, durationText, secondsOr } from './duration.ts';
import { valueAt } from './explain.ts';
import { checkTimeout } from './gate-checks.ts';
import { waveApprovalExpiresSeconds } from './gate-policies.ts';
import { type WaveGateDefinition, waveGateSchema } from './gate-schema.ts';
import { checkProbe } from './probe-checks.ts';
import type { ProbeDefinition } from './probe-schema.ts';

const days = (count: number) => count * 24 * 3600;

/** No refresh is held while a wave is waited for, so that the bound is only what people find reasonable. */
const expiresSecondsMax = days(31);
/** An execution of Release may last 300 days, rollouts and ways back included. */
const expiresTogetherSecondsMax = days(180);
/** Four events of 25,000 each; the rest of the release has many too. @see Step Functions developer guide, service-quotas */
const looksMax = 2500;

/** What no schema of a single value can say about the gates of waves. Steps over what is malformed. */
export function checkWaveGates(value: unknown, waitingSeconds: number): readonly Finding[] {
  const waves = wavesIn(value);
  const all = waves.map((_, index) => gatesAt(value, ['waves', index, 'gates']));
  return [
    ...waves.flatMap((_, index) => checkLimits(value, ['waves', index])),
    ...all.flatMap((gates, index) =>
      checkGatesOf(gates, ['waves', index, 'gates'], waitingSeconds),
    ),
    ...checkTogether(all),
  ];
}

const wavesIn = (value: unknown): readonly unknown[] =>
  z.array(z.unknown()).safeParse(valueAt(value, ['waves'])).data ?? [];

const gatesAt = (value: unknown, path: Path): readonly WaveGateDefinition[] =>
  z.array(waveGateSchema).safeParse(valueAt(value, path)).data ?? [];

function checkLimits(value: unknown, path: Path): readonly Finding[] {
  const limits = valueAt(value, [...path, 'limits']);
  if (limits === undefined || valueAt(value, [...path, 'gates']) !== undefined) return [];
  const expected = 'gates of the wave, for which alone these limits are: its fleets have their own';
  return [{ path: [...path, 'limits'], at: 'key', expected, came: 'none' }];
}

function checkGatesOf(
  gates: readonly WaveGateDefinition[],
  path: Path,
  waitingSeconds: number,
): readonly Finding[] {
  const asking = gates.flatMap((gate, index) => ('approval' in gate ? [index] : []));
  const [, second] = asking;
  const twice: readonly Finding[] =
    second === undefined
      ? []
      : [
          {
            ...{ path: [...path, second], at: 'value', came: `${asking.length}` },
            expected: 'one approval gate in a wave',
          },
        ];
  return [
    ...twice,
    ...gates.flatMap((gate, index): readonly Finding[] => {
      const at = [...path, index];
      if ('function' in gate) {
        return checkTimeout(gate.function.timeout, [...at, 'function', 'timeout']);
      }
      if ('probe' in gate) return checkWaveProbe(gate.probe, [...at, 'probe']);
      return 'approval' in gate
        ? checkApproval(gate.approval, [...at, 'approval'], waitingSeconds)
        : [];
    }),
  ];
}

/** The probes among the gates of waves, and where they stand. */
export const probesOfWaves = (value: unknown) =>
  wavesIn(value).flatMap((_, index) => {
    const path = ['waves', index, 'gates'];
    return gatesAt(value, path).flatMap((gate, number) =>
      'probe' in gate ? [{ probe: gate.probe, path: [...path, number, 'probe'] }] : [],
    );
  });

function checkWaveProbe(probe: ProbeDefinition, path: Path): readonly Finding[] {
  if (probe.url !== undefined) return checkProbe(probe, path);
  return [{ path: [...path, 'url'], at: 'value', expected: 'a URL of https', came: 'nothing' }];
}

function checkApproval(
  { expires }: Extract<WaveGateDefinition, { approval: unknown }>['approval'],
  path: Path,
  waitingSeconds: number,
): readonly Finding[] {
  const seconds = secondsOr(expires, waveApprovalExpiresSeconds);
  if (seconds < 60 || seconds > expiresSecondsMax) {
    const expected = 'from 1m to 31d';
    return [{ path: [...path, 'expires'], at: 'value', expected, came: shown(expires) }];
  }
  if (seconds <= looksMax * waitingSeconds) return [];
  const expected = `at most ${durationText(looksMax * waitingSeconds)}, ${looksMax} looks of ${durationText(waitingSeconds)} (look.waiting): more would fill the history of the execution`;
  return [{ path: [...path, 'expires'], at: 'value', expected, came: shown(expires) }];
}

function checkTogether(all: readonly (readonly WaveGateDefinition[])[]): readonly Finding[] {
  const asked = all.flat().flatMap((gate) => ('approval' in gate ? [gate.approval] : []));
  const seconds = asked.reduce(
    (sum, { expires }) => sum + secondsOr(expires, waveApprovalExpiresSeconds),
    0,
  );
  if (seconds <= expiresTogetherSecondsMax) return [];
  const expected = `approvals that expire within ${durationText(expiresTogetherSecondsMax)} together, for which a release can wait`;
  return [{ path: ['waves'], at: 'value', expected, came: durationText(seconds) }];
}

/** Whole minutes, and no shorter than the usual look. */
export function checkWaiting(value: unknown, lookSeconds: number): readonly Finding[] {
  const path = ['look', 'waiting'];
  const text = z.string().safeParse(valueAt(value, path)).data;
  const seconds = text === undefined ? undefined : durationSeconds(text);
  if (seconds === undefined || (seconds >= lookSeconds && seconds % 60 === 0)) return [];
  const expected = `whole minutes, at least ${durationText(lookSeconds)} (look.refresh)`;
  return [{ path, at: 'value', expected, came: shown(text) }];
}
