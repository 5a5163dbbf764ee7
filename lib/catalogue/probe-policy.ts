import type { ProbeGate, ProbeVpc } from '../../lambdas/core/probe/policy.ts';
import { secondsOr } from './duration.ts';
import type { ProbeDefinition } from './probe-schema.ts';

/** What holds where a probe says nothing; the descriptions in `probe-schema.ts` name the same numbers. */
export const probeDefaults = {
  attempts: { of: 3, atLeast: 2 },
  timeoutSeconds: 3,
  sample: 10,
} as const;

/** A probe as the workflows obey it. The definition has passed all checks. */
export function probeGate(probe: ProbeDefinition, mode: ProbeGate['mode']): ProbeGate {
  const { method = 'GET', headers = {}, body, expect = {}, timeout, vpc } = probe;
  const { of, atLeast } = probe.attempts ?? probeDefaults.attempts;
  const { status, latencyMs, contains, matches } = expect;
  return {
    ...{ kind: 'probe', mode },
    target: targetOf(probe),
    asked: {
      ...{ method, headers: { ...headers } },
      ...(body === undefined ? {} : { body }),
      ...(status === undefined ? {} : { statuses: [...status] }),
      ...(latencyMs === undefined ? {} : { latencyMsMax: latencyMs }),
      ...(contains === undefined ? {} : { contains }),
      ...(matches === undefined ? {} : { matches }),
      ...{ attempts: of, passes: atLeast },
      timeoutSeconds: secondsOr(timeout, probeDefaults.timeoutSeconds),
    },
    ...(vpc === undefined ? {} : { vpc: vpcOf(vpc) }),
  };
}

function targetOf({ url, perInstance }: ProbeDefinition): ProbeGate['target'] {
  if (perInstance === undefined) return { url: url ?? '' };
  const { port, path = '/', scheme = 'http', host, sample, settle } = perInstance;
  return {
    ...{ scheme, port, path },
    ...(host === undefined ? {} : { host }),
    instancesMax: sample ?? probeDefaults.sample,
    ...(settle === undefined ? {} : { settleSeconds: secondsOr(settle, 0) }),
  };
}

const vpcOf = ({ subnets, securityGroups }: NonNullable<ProbeDefinition['vpc']>): ProbeVpc => ({
  subnetIds: [...new Set(subnets)].sort(),
  securityGroupIds: [...new Set(securityGroups)].sort(),
});
