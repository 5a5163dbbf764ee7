import type { Call, Interference } from '../../../simulator/calls.ts';
import type { Rig } from '../rig.ts';

/** A call that does something which must be done once, and who makes it. */
export interface Act {
  readonly name: string;
  /** Part of a function's name, or of the role of a state machine that calls AWS itself. */
  readonly by: string;
  readonly operation: string;
  /** Part of the input, as JSON, where one caller makes the call for several ends. */
  readonly input?: string;
}

/**
 * How an act's answer gets lost. `answers lost`: the connection breaks three times in a row, so that the SDK's own
 * retries run out too. `killed`: the first answer takes so long that the function is killed by its timeout. `twice`:
 * the function is invoked a second time while the first is at work, and both are about to act.
 */
export const modes = ['answers lost', 'killed', 'twice'] as const;
export type Mode = (typeof modes)[number];

/** Longer than the timeout of every function and every task that makes a call. */
const TOO_LATE_MS = 120_000;
/** Longer than a function takes to come to its act, cold start included. */
const BOTH_ARE_THERE_MS = 3_000;

const madeBy = ({ caller }: Call, by: string): boolean =>
  caller.kind === 'role' && `${caller.roleName} ${caller.session}`.includes(by);

const isAct = (call: Call, act: Act): boolean =>
  call.operation === act.operation &&
  madeBy(call, act.by) &&
  (act.input === undefined || JSON.stringify(call.input).includes(act.input));

export interface Disturbed {
  /** How often each act's call was made, by the act's name. */
  readonly calls: Map<string, number>;
}

/** Disturbs the first calls of every act, from now on. */
export function loseAnswers(rig: Rig, acts: readonly Act[], mode: Mode): Disturbed {
  const calls = new Map<string, number>();
  const doubled = new Set<string>();
  rig.disturb = (call) => {
    if (mode === 'twice') invokeAgain(rig, call, acts, doubled);
    const act = acts.find((one) => isAct(call, one));
    if (act === undefined) return undefined;
    const made = (calls.get(act.name) ?? 0) + 1;
    calls.set(act.name, made);
    return interference(mode, made);
  };
  return { calls };
}

function interference(mode: Mode, made: number): Interference {
  switch (mode) {
    case 'answers lost':
      return made <= 3 ? { loseAnswer: true } : undefined;
    case 'killed':
      return made === 1 ? { holdAnswerMs: TOO_LATE_MS } : undefined;
    case 'twice':
      return made === 1 ? { delayMs: BOTH_ARE_THERE_MS } : undefined;
    default:
      return mode satisfies never;
  }
}

/** The first invocation of each function that acts, by a state machine, is made once more at the same time. */
function invokeAgain(rig: Rig, call: Call, acts: readonly Act[], doubled: Set<string>): void {
  if (call.operation !== 'Invoke' || call.caller.kind !== 'role') return;
  const { FunctionName: name = '' } = call.input as { readonly FunctionName?: string };
  const act = acts.find(({ by }) => name.includes(by));
  if (act === undefined || doubled.has(act.by)) return;
  doubled.add(act.by);
  const caller = { kind: 'person', name: 'the doubled invocation' } as const;
  // Nobody awaits its answer, which may well be that somebody else was first.
  rig.account.calls
    .callAws({ caller, client: call.client, operation: 'Invoke', input: call.input })
    .catch(() => undefined);
}
