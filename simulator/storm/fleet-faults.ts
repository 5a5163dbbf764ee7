import type { StateValue } from '@aws-sdk/client-cloudwatch';
import { isLive } from '../invariants/witness.ts';
import { type FaultKind, fleetAt, type Gust, type Strike } from './weather.ts';

/** What befalls instances, and the alarms that watch them. */

const launchesFail =
  (shortOf: 'capacity' | 'quota') =>
  (strike: Strike): Gust => {
    const { account, witness, fault, struck } = strike;
    const at = fleetAt(strike, fault.pick);
    if (at === undefined) return {};
    return {
      begins: () => {
        const group = witness.group(at.groupName);
        if (group === undefined) return;
        // Some room beside what runs, or none.
        const spare = Math.floor((1 - fault.strength) * 3);
        account.autoScaling.limitCapacity(at.groupName, group.desired + spare, shortOf);
        struck();
      },
      ends: () => {
        if (witness.group(at.groupName) === undefined) return;
        account.autoScaling.limitCapacity(at.groupName, undefined);
      },
    };
  };

/** Seconds between two deaths at full strength. */
const DEATHS_SECONDS = 90;

const dyingInstances = (strike: Strike): Gust => {
  const { account, witness, fault, random, struck } = strike;
  const at = fleetAt(strike, fault.pick);
  if (at === undefined) return {};
  return {
    every: {
      seconds: DEATHS_SECONDS / Math.max(0.1, fault.strength),
      strikes: () => {
        const live = (witness.group(at.groupName)?.instances ?? []).filter(isLive);
        const victim = live[Math.floor(random() * live.length)];
        const instance = victim && account.ec2.instances.find(victim.instanceId);
        if (instance === undefined || instance.state !== 'running') return;
        struck();
        account.world.trace({ kind: 'world', message: `${instance.instanceId} dies` });
        account.ec2.instances.terminate(instance);
      },
    },
  };
};

/** Alarms are evaluated once a minute, which ends what was said in between. */
const alarmsSay =
  (next: (turn: number, random: () => number) => StateValue) =>
  (strike: Strike): Gust => {
    const { account, fault, random, struck } = strike;
    const at = fleetAt(strike, fault.pick);
    const names = at?.fleet.gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : []));
    let turn = 0;
    return {
      every: {
        seconds: 45,
        strikes: () => {
          turn += 1;
          if (random() >= fault.strength) return;
          for (const name of names ?? []) {
            const alarm = account.cloudWatch.alarms.find(name);
            if (alarm === undefined) continue;
            struck();
            const reason = 'a storm says so';
            account.cloudWatch.alarms.enter(alarm, next(turn, random), reason, undefined);
          }
        },
      },
    };
  };

export const fleetFaults = {
  'no-capacity': { says: 'launches fail for lack of capacity', gust: launchesFail('capacity') },
  'no-quota': {
    says: 'launches fail by the account’s quota of vCPUs',
    gust: launchesFail('quota'),
  },
  'dying-instances': { says: 'instances die where they stand', gust: dyingInstances },
  'flapping-alarms': {
    says: 'alarms go to and fro',
    gust: alarmsSay((turn) => (turn % 2 === 0 ? 'OK' : 'ALARM')),
  },
  'undecided-alarms': {
    says: 'alarms have insufficient data',
    gust: alarmsSay(() => 'INSUFFICIENT_DATA'),
  },
  'lying-alarms': {
    says: 'alarms are OK although they should not be',
    gust: alarmsSay(() => 'OK'),
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
