import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LambdaClient } from '../../lambdas/adapters/clients/lambda.ts';
import { askFunctions } from '../../lambdas/adapters/gate-functions.ts';
import type { GatePolicy } from '../../lambdas/core/gate-policy.ts';
import { gateRequest } from '../../lambdas/core/gate-request.ts';
import { judgeGates } from '../../lambdas/core/judge-gates.ts';
import {
  aFleetPolicy,
  aGroup,
  aMix,
  anInstance,
  aRefresh,
  aRollout,
  at,
  GREEN,
  NEW,
  OLD,
} from '../builders.ts';

const GATES: readonly GatePolicy[] = [
  { kind: 'instance-health', mode: 'enforce', healthyPercentMin: 100 },
  { kind: 'function', mode: 'enforce', functionName: 'orders', timeoutSeconds: 10 },
];
const group = aMix(2);
const REQUEST = gateRequest(
  { rollout: aRollout(), group, refresh: aRefresh() },
  aFleetPolicy(),
  at(900),
);
const payload = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

interface Invoked {
  readonly input: { readonly FunctionName: string; readonly Payload: Uint8Array };
}
const client = (send: (command: Invoked, options: { abortSignal: AbortSignal }) => unknown) =>
  ({ send }) as unknown as LambdaClient;
const judged = async (lambda: LambdaClient) => {
  const { functions } = await askFunctions(lambda, GATES, REQUEST);
  return judgeGates(GATES, { ...GREEN, functions }, group, NEW).combined;
};

describe('what a gate function is asked', () => {
  it('is what the page of the gates shows, field by field', () => {
    const instances = [
      anInstance({ instanceId: 'i-b', launchTemplateVersion: NEW }),
      anInstance({ instanceId: 'i-a', launchTemplateVersion: NEW }),
      anInstance({ instanceId: 'i-p', launchTemplateVersion: NEW, lifecycleState: 'Pending' }),
      anInstance({ instanceId: 'i-o', launchTemplateVersion: OLD }),
    ];
    const seen = { rollout: aRollout(), group: aGroup({ instances }), refresh: aRefresh() };
    expect(gateRequest(seen, aFleetPolicy(), at(900))).toEqual({
      version: 1,
      fleet: 'web-prod',
      image: 'web',
      releaseId: 'web-base-1',
      autoScalingGroup: 'web-prod-group',
      checkpointPercent: 10,
      from: { version: '2026.11.01-1', imageId: 'ami-0old', launchTemplateVersion: OLD },
      to: { version: '2026.11.23-1', imageId: 'ami-0new', launchTemplateVersion: NEW },
      instances: { new: ['i-a', 'i-b'], old: ['i-o'], newCount: 2, oldCount: 1 },
      startedAt: '2026-11-23T10:00:00.000Z',
      askedAt: '2026-11-23T10:15:00.000Z',
    });
  });

  it('is nothing before a new instance is in service', async () => {
    const seen = { rollout: aRollout(), group: aMix(0), refresh: aRefresh() };
    expect(gateRequest(seen, aFleetPolicy(), at(900))).toBeUndefined();
    const never = client(() => {
      throw new Error('was asked');
    });
    expect(await askFunctions(never, GATES, undefined)).toEqual({});
    expect(judgeGates(GATES, GREEN, group, NEW).combined).toEqual({
      kind: 'inconclusive',
      reason: 'function orders is not asked before a new instance is in service',
    });
  });
});

describe('what it does', () => {
  it('is its verdict when it answers as documented', async () => {
    const asked: Invoked[] = [];
    const lambda = client((command) => {
      asked.push(command);
      return { Payload: payload({ verdict: 'red', reason: '3 of 20 orders lost' }) };
    });
    expect(await judged(lambda)).toEqual({
      kind: 'red',
      reason: 'function orders: 3 of 20 orders lost',
    });
    expect(asked.map(({ input }) => input.FunctionName)).toEqual(['orders']);
    expect(JSON.parse(new TextDecoder().decode(asked[0]?.input.Payload))).toEqual(REQUEST);
  });

  it.each([
    [
      'throws',
      {
        FunctionError: 'Unhandled',
        Payload: payload({ errorType: 'Error', errorMessage: 'closed' }),
      },
      'function orders failed: Error: closed',
    ],
    [
      'dies',
      { FunctionError: 'Unhandled', Payload: payload('gone') },
      'function orders failed: Unhandled: "gone"',
    ],
    ['answers nothing', {}, 'function orders failed: SyntaxError'],
    [
      'answers something else',
      { Payload: payload({ ok: true }) },
      'function orders answered wrongly',
    ],
  ])('is unreadable when it %s', async (_, answer, reason) => {
    const combined = await judged(client(() => answer));
    expect(combined.kind).toBe('unreadable');
    expect(combined.reason).toContain(reason);
  });

  it('is unreadable when it cannot be invoked', async () => {
    const lambda = client(() => {
      throw new Error('AccessDeniedException');
    });
    expect((await judged(lambda)).reason).toBe(
      'function orders failed: Error: AccessDeniedException',
    );
  });
});

describe('a function that hangs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is given up after its timeout, not before', async () => {
    let aborted = false;
    const lambda = client(
      (_, { abortSignal }) =>
        new Promise((_resolve, reject) => {
          abortSignal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          });
        }),
    );
    const verdict = judged(lambda);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await verdict).toEqual({
      kind: 'unreadable',
      reason: 'function orders failed: no answer within 10 s',
    });
  });
});
