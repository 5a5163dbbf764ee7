import * as z from 'zod/mini';
import { instantMs } from '../core/durations.ts';
import { type Probed, type ProbeOutcome, probedInstances } from '../core/judge-probe.ts';
import type { GateReading } from '../core/observation.ts';
import { standing, type TargetTally } from '../core/probe/attempt.ts';
import {
  LocateAnswer,
  type LocateRequest,
  ProbeAnswer,
  type ProbeRequest,
  type ProbeTarget,
  targetOfInstance,
  targetOfUrl,
} from '../core/probe/exchange.ts';
import { attemptsMs, type ProbeGate, placeKey } from '../core/probe/policy.ts';
import type { LambdaClient } from './clients/lambda.ts';
import { inTurns } from './in-turns.ts';
import { invoke } from './invoke.ts';

/**
 * For all probes of a look together: it has a minute, of which what comes before and after takes its part. What has not
 * answered by then counts as not read.
 */
const ALL_SECONDS = 42;
const LOCATE_SECONDS = 10;
/** A prober starts within this, in a VPC too. */
const START_SECONDS = 6;
/** Invocations at a time, where each has one probe. */
const PROBED_AT_A_TIME = 40;

/** Makes every probe of some fleets and waves, in their order. Whatever goes wrong is an outcome: it fails closed. */
export async function makeProbes(
  client: LambdaClient,
  all: readonly Probed[],
  nowMs: number,
): Promise<readonly Pick<GateReading, 'probes'>[]> {
  const startedMs = Date.now();
  const clock = {
    nowMs,
    secondsLeft: () => ALL_SECONDS - Math.ceil((Date.now() - startedMs) / 1000),
  };
  return inTurns(all, PROBED_AT_A_TIME, async (probed) => {
    const { gates } = probed;
    if (!gates.some(({ kind }) => kind === 'probe')) return {};
    const made = await Promise.all(
      gates.map(async (gate, index) => {
        if (gate.kind !== 'probe') return [];
        const outcome = await probe(client, gate, probed, clock);
        return outcome === undefined ? [] : [{ gate: index, outcome }];
      }),
    );
    return { probes: made.flat() };
  });
}

interface Clock {
  readonly nowMs: number;
  readonly secondsLeft: () => number;
}

async function probe(
  client: LambdaClient,
  gate: ProbeGate,
  probed: Probed,
  clock: Clock,
): Promise<ProbeOutcome | undefined> {
  const inService = probed.instanceIds.length;
  if (inService === 0) return undefined;
  try {
    const targets = await targetsOf(client, gate, probed, clock);
    if (targets.length === 0) return { kind: 'answered', targets: [], inService };
    const tallies = await ask(client, gate, targets, clock);
    const still = await withoutThoseThatLeft(client, gate, tallies, clock);
    return { kind: 'answered', targets: still, inService };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
}

async function targetsOf(
  client: LambdaClient,
  gate: ProbeGate,
  probed: Probed,
  clock: Clock,
): Promise<readonly ProbeTarget[]> {
  const { target } = gate;
  if ('url' in target) return [targetOfUrl(target.url)];
  const chosen = probedInstances(gate, probed.instanceIds, clock.nowMs);
  const found = await locate(client, chosen, clock);
  const settleSeconds = target.settleSeconds ?? probed.settleSeconds;
  return chosen.flatMap((id) => {
    const instance = found[id];
    if (instance === undefined) return [];
    const settled = instantMs(instance.startedAt) + settleSeconds * 1000 <= clock.nowMs;
    return settled ? [targetOfInstance(id, instance.address, target)] : [];
  });
}

async function ask(
  client: LambdaClient,
  gate: ProbeGate,
  targets: readonly ProbeTarget[],
  clock: Clock,
): Promise<readonly TargetTally[]> {
  const prober = probers()[placeKey(gate.vpc)];
  if (prober === undefined) {
    const place = gate.vpc === undefined ? 'outside of any VPC' : `in ${placeKey(gate.vpc)}`;
    throw new Error(`no prober is deployed ${place}: deploy a catalogue that has this gate`);
  }
  const request: ProbeRequest = { version: 1, targets: [...targets], asked: gate.asked };
  const seconds = Math.ceil(attemptsMs(gate.asked) / 1000) + START_SECONDS;
  const answer = await call(client, prober, request, seconds, clock, ProbeAnswer);
  const wanted = targets.map(({ target }) => target).join();
  const came = answer.targets.map(({ target }) => target).join();
  if (came !== wanted)
    throw new Error(`${prober} answered about ${came || 'nothing'}, not ${wanted}`);
  return answer.targets;
}

/** An instance that fails because it is being terminated meanwhile says nothing about its version. */
async function withoutThoseThatLeft(
  client: LambdaClient,
  { target, asked }: ProbeGate,
  tallies: readonly TargetTally[],
  clock: Clock,
): Promise<readonly TargetTally[]> {
  if ('url' in target) return tallies;
  const failing = tallies.filter((one) => standing(one, asked) === 'fails');
  if (failing.length === 0) return tallies;
  const ids = failing.map((one) => one.target);
  const found = await locate(client, ids, clock);
  return tallies.filter((one) => !ids.includes(one.target) || found[one.target] !== undefined);
}

async function locate(
  client: LambdaClient,
  instanceIds: readonly string[],
  clock: Clock,
): Promise<LocateAnswer['instances']> {
  const request: LocateRequest = { version: 1, instanceIds: [...instanceIds] };
  const locator = process.env['LOCATE_FUNCTION'] ?? '';
  if (locator === '') {
    throw new Error(
      'no function is deployed that finds addresses: deploy a catalogue that has this gate',
    );
  }
  const { instances } = await call(client, locator, request, LOCATE_SECONDS, clock, LocateAnswer);
  return instances;
}

/** @throws Error of one line: what was called, and what it did instead of answering. */
async function call<Answer>(
  client: LambdaClient,
  functionName: string,
  request: unknown,
  seconds: number,
  clock: Clock,
  schema: z.ZodMiniType<Answer>,
): Promise<Answer> {
  const patience = Math.min(seconds, clock.secondsLeft());
  if (patience <= 0)
    throw new Error(`not asked within ${ALL_SECONDS} s, in which all probes are made`);
  const invoked = await invoke(client, functionName, request, patience);
  if (invoked.kind === 'failed') throw new Error(`${functionName} failed: ${invoked.error}`);
  const parsed = schema.safeParse(invoked.payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the answer';
  throw new Error(`${functionName} answered wrongly: ${where}: ${issue?.message ?? 'unexpected'}`);
}

const Probers = z.record(z.string(), z.string());

/** Names of the deployed probers, by where they stand. */
const probers = (): Readonly<Record<string, string>> =>
  Probers.parse(JSON.parse(process.env['PROBE_FUNCTIONS'] ?? '{}'));
