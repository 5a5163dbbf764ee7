import { findWaveApproval } from '../adapters/approvals.ts';
import { observeGroups } from '../adapters/auto-scaling.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { CloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import type { LambdaClient } from '../adapters/clients/lambda.ts';
import type { ElasticLoadBalancingV2Client } from '../adapters/clients/load-balancing.ts';
import { readFleetStates } from '../adapters/fleets.ts';
import { askFunctions } from '../adapters/gate-functions.ts';
import { readGatesTogether } from '../adapters/gates.ts';
import { makeProbes } from '../adapters/probes.ts';
import { approvalGate, waveApprovalView } from '../core/approval-view.ts';
import { gatesOfState } from '../core/gate-policy.ts';
import { probedFleet, probedWave } from '../core/judge-probe.ts';
import type { GateReading, WaveObservation } from '../core/observation.ts';
import type { FleetPolicy, WavePolicy } from '../core/policy.ts';
import { type WaveRequest, waveRequest } from '../core/wave-request.ts';

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly lambda: LambdaClient;
}

type About = Pick<WaveRequest, 'image' | 'releaseId' | 'startedAt'>;

/** Reads the groups of a wave, the gates of its fleets and its own. */
export async function observeWave(
  clients: Clients,
  about: About,
  wave: WavePolicy,
  policies: Readonly<Record<string, FleetPolicy>>,
  nowMs: number,
): Promise<Pick<WaveObservation, 'fleets' | 'gates'>> {
  const fleets = await observeFleets(clients, wave, policies);
  const { gates } = wave;
  const targetGroupArns = fleets.flatMap((one) => one.targetGroupArns);
  const probed = fleets.map(({ policy, group, current }) =>
    probedFleet(gatesOfState(policy.gates), group, current.launchTemplateVersion),
  );
  const [readings, [ownProbes, ...probes], functions, approval] = await Promise.all([
    // The wave's own last: all alarms in as few calls as they fit in.
    readGatesTogether(clients, [
      ...fleets,
      ...(gates === undefined ? [] : [{ policy: { gates }, targetGroupArns }]),
    ]),
    // The wave's own first: all have the same seconds, and many fleets may use them up.
    makeProbes(clients.lambda, [probedWave(gates ?? [], probed), ...probed], nowMs),
    askFunctions(
      clients.lambda,
      gates ?? [],
      waveRequest({ ...about, wave: wave.name }, fleets, nowMs),
    ),
    readApproval(about.releaseId, wave, nowMs),
  ]);
  const own = gates === undefined ? undefined : readings.at(-1);
  return {
    fleets: fleets.flatMap(({ fleet, group, current }, index) => {
      const read = readings[index];
      const reading = read && { ...read, ...probes[index] };
      const { launchTemplateVersion } = current;
      return reading === undefined ? [] : [{ fleet, group, gates: reading, launchTemplateVersion }];
    }),
    ...(own === undefined ? {} : { gates: { ...own, ...functions, ...ownProbes, ...approval } }),
  };
}

async function observeFleets(
  clients: Clients,
  wave: WavePolicy,
  all: Readonly<Record<string, FleetPolicy>>,
) {
  const policies = wave.fleets.flatMap((fleet) => all[fleet] ?? []);
  const [groups, states] = await Promise.all([
    observeGroups(
      clients.autoScaling,
      policies.map((policy) => policy.autoScalingGroupName),
    ),
    readFleetStates(policies.map((policy) => policy.name)),
  ]);
  return policies.flatMap((policy) => {
    const group = groups.find((one) => one.name === policy.autoScalingGroupName);
    const state = states.get(policy.name);
    if (group === undefined || state === undefined) return [];
    const { targetGroupArns } = group;
    return [{ fleet: policy.name, policy, group, targetGroupArns, current: state.current }];
  });
}

async function readApproval(
  releaseId: string,
  { name, gates = [] }: WavePolicy,
  nowMs: number,
): Promise<Pick<GateReading, 'approval'>> {
  const gate = approvalGate(gates);
  if (gate === undefined) return {};
  return { approval: waveApprovalView(gate, await findWaveApproval(releaseId, name), nowMs) };
}
