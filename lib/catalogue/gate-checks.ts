import * as z from 'zod';
import { canaryContradictions } from './canary-checks.ts';
import type { CanaryDefinition } from './canary-schema.ts';
import { type Finding, type Path, shown } from './catalogue-error.ts';
import { durationText, secondsOr } from './duration.ts';
import { approvalExpiresSeconds, canaryDefaults } from './gate-policies.ts';
import { type GateDefinition, gateSchema } from './gate-schema.ts';
import { nearest } from './nearest.ts';
import { checkProbe } from './probe-checks.ts';

/** StartInstanceRefresh takes at most so many alarm names. */
const alarmsMax = 10;

/** Gates that look at the present state of a fleet, moving or not. */
const stateKinds = ['alarms', 'targetHealth', 'instanceHealth', 'probe'] as const;

/** A look has a minute, and functions are asked side by side. */
const functionSecondsMax = 30;

const gatesIn = (value: unknown) => z.array(gateSchema).safeParse(value).data;

/** How long people may be waited for, all in all. `value`: the gates of a fleet as they were written. */
export const approvalSecondsOf = (value: unknown): number =>
  (gatesIn(value) ?? []).reduce((sum, gate) => {
    if (!('approval' in gate)) return sum;
    const { at = ['the first'], expires } = gate.approval;
    return sum + at.length * secondsOr(expires, approvalExpiresSeconds);
  }, 0);

/** The probes among the gates of a fleet, and where they stand. `value`: the gates as they were written. */
export const probesIn = (value: unknown, path: Path) =>
  (gatesIn(value) ?? []).flatMap((gate, index) =>
    'probe' in gate ? [{ probe: gate.probe, path: [...path, index, 'probe'] }] : [],
  );

/** What no schema of a single gate can say. `value`: the gates of a fleet as they were written; nothing for malformed ones. */
export function checkGates(
  value: unknown,
  path: Path,
  checkpoints: readonly number[],
): readonly Finding[] {
  const gates = gatesIn(value);
  if (!gates || gates.length === 0) return [];
  return [
    ...checkModes(gates, path),
    ...checkOneApproval(gates, path),
    ...gates.flatMap((gate, index) => {
      if ('canary' in gate) return checkCanary(gate.canary, [...path, index, 'canary']);
      if ('approval' in gate)
        return checkApproval(gate.approval, [...path, index, 'approval'], checkpoints);
      if ('probe' in gate) return checkProbe(gate.probe, [...path, index, 'probe']);
      return 'function' in gate
        ? checkTimeout(gate.function.timeout, [...path, index, 'function', 'timeout'])
        : [];
    }),
  ];
}

function checkModes(gates: readonly GateDefinition[], path: Path): readonly Finding[] {
  const enforced = gates.filter((gate) => !('mode' in gate) || gate.mode !== 'observe');
  if (enforced.length === 0) {
    const expected = 'at least one gate in mode enforce: without one nothing ever goes back';
    return [{ path, at: 'value', expected, came: `${gates.length} in mode observe` }];
  }
  if (!enforced.some((gate) => stateKinds.some((kind) => kind in gate))) {
    const expected = `at least one of ${stateKinds.join(', ')} in mode enforce: the others judge a rollout, and nothing else watches the soak of a wave`;
    return [{ path, at: 'value', expected, came: `${enforced.length} of other kinds` }];
  }
  // Those whose silence counts as green do not go along with the refresh.
  const alarms = new Set(
    enforced.flatMap((gate) =>
      'alarms' in gate && gate.insufficientData !== 'green' ? gate.alarms : [],
    ),
  );
  if (alarms.size <= alarmsMax) return [];
  const expected = `at most ${alarmsMax} alarms in the enforced gates of a fleet (join some in a composite alarm)`;
  return [{ path, at: 'value', expected, came: `${alarms.size} alarms` }];
}

export function checkTimeout(timeout: string | undefined, path: Path): readonly Finding[] {
  const seconds = secondsOr(timeout, 1);
  if (seconds >= 1 && seconds <= functionSecondsMax) return [];
  const expected = `from 1s to ${functionSecondsMax}s`;
  return [{ path, at: 'value', expected, came: shown(timeout) }];
}

function checkOneApproval(gates: readonly GateDefinition[], path: Path): readonly Finding[] {
  const asking = gates.flatMap((gate, index) => ('approval' in gate ? [index] : []));
  const [, second] = asking;
  if (second === undefined) return [];
  const expected = 'one approval gate in a fleet, with all its checkpoints';
  return [{ path: [...path, second], at: 'value', expected, came: `${asking.length}` }];
}

type ApprovalDefinition = Extract<GateDefinition, { approval: unknown }>['approval'];
const expiresSecondsMax = 48 * 3600;

/** Auto Scaling leaves a refresh at a checkpoint for 48 hours at most. */
function checkApproval(
  { at, expires }: ApprovalDefinition,
  path: Path,
  checkpoints: readonly number[],
): readonly Finding[] {
  if (checkpoints.length === 0) {
    const expected = 'a fleet with a checkpoint below 100, at which it is held for the answer';
    return [{ path, at: 'value', expected, came: 'none' }];
  }
  const stranger = at?.findIndex((percent) => !checkpoints.includes(percent)) ?? -1;
  if (stranger >= 0) {
    const expected = `one of the checkpoints ${checkpoints.join(', ')}`;
    return [{ path: [...path, 'at', stranger], at: 'value', expected, came: `${at?.[stranger]}` }];
  }
  const seconds = secondsOr(expires, approvalExpiresSeconds);
  if (seconds >= 60 && seconds <= expiresSecondsMax) return [];
  const expected =
    'from 1m to 48h, for which Auto Scaling leaves a refresh at a checkpoint (of a wave it may be 31d)';
  return [{ path: [...path, 'expires'], at: 'value', expected, came: shown(expires) }];
}

const checkCanary = (canary: CanaryDefinition, path: Path): readonly Finding[] => [
  ...canary.metrics.flatMap((metric, index) => checkMetric(metric, [...path, 'metrics', index])),
  ...checkNames(canary, path),
  ...canaryContradictions({ ...canaryDefaults, ...canary }, path),
  ...checkTimes(canary, path),
];

type MetricDefinition = CanaryDefinition['metrics'][number];
type SourceDefinition = Extract<MetricDefinition, { metric: unknown }>['metric'];

function checkMetric(metric: MetricDefinition, path: Path): readonly Finding[] {
  if ('metric' in metric) return checkSource(metric.metric, [...path, 'metric']);
  const { expression, of } = metric.math;
  const names = Object.keys(of);
  const used: readonly string[] = expression.match(/\b[a-z][A-Za-z0-9_]*\b/g) ?? [];
  const stranger = used.find((name) => !names.includes(name));
  const idle = names.find((name) => !used.includes(name));
  const at = [...path, 'math'];
  return [
    ...names.flatMap((name) => checkSource(of[name], [...at, 'of', name])),
    ...(stranger === undefined
      ? []
      : [
          {
            ...{ path: [...at, 'expression'], at: 'value' as const, came: shown(stranger) },
            expected: `names that stand under of (${names.join(', ') || 'there is none'}), and functions in capitals`,
            nearest: nearest(stranger, names),
          },
        ]),
    ...(idle === undefined
      ? []
      : [
          {
            ...{ path: [...at, 'of', idle], at: 'key' as const, came: 'one that it does not name' },
            expected: `a metric that the expression ${shown(expression)} names`,
          },
        ]),
  ];
}

/**
 * Metrics of load balancers have the dimensions LoadBalancer, TargetGroup and AvailabilityZone: both versions are in one
 * number. @see ELB docs load-balancer-cloudwatch-metrics
 */
const togetherIn = /^AWS\/(?:ApplicationELB|NetworkELB|GatewayELB|ELB|AutoScaling)$/;

function checkSource(source: SourceDefinition | undefined, path: Path): readonly Finding[] {
  if (source === undefined) return [];
  const { namespace, dimensions } = source;
  if (togetherIn.test(namespace)) {
    const expected =
      'a namespace whose metrics tell instances apart (AWS/EC2, CWAgent, one of your own): a load balancer or a group counts new and old instances in one number, without an instance dimension. Publish latency and errors by instance from the application or the CloudWatch agent, or watch this metric with an alarms gate';
    return [{ path: [...path, 'namespace'], at: 'value', expected, came: shown(namespace) }];
  }
  if (dimensions === undefined) return [];
  const at = [...path, 'dimensions'];
  const placeholders = Object.values(dimensions).flatMap(
    (value) => value.match(/\{\{.*?\}\}/g) ?? [],
  );
  const known = ['{{instance}}', '{{image}}'];
  const stranger = placeholders.find((one) => !known.includes(one));
  if (stranger !== undefined) {
    const expected = `one of ${known.join(', ')} in the value of a dimension`;
    return [
      { path: at, at: 'value', expected, came: shown(stranger), nearest: nearest(stranger, known) },
    ];
  }
  if (placeholders.length > 0) return [];
  const expected = `a dimension with ${known.join(' or ')}, by which new and old instances are told apart`;
  return [{ path: at, at: 'value', expected, came: Object.keys(dimensions).join(', ') || 'none' }];
}

function checkNames({ metrics }: CanaryDefinition, path: Path): readonly Finding[] {
  const names = metrics.map(({ name }) => name);
  return names.flatMap((name, index): readonly Finding[] =>
    names.indexOf(name) === index
      ? []
      : [
          {
            ...{ path: [...path, 'metrics', index, 'name'], at: 'value', came: shown(name) },
            expected: 'a name that no other metric of the gate has',
          },
        ],
  );
}

/** A window of more periods would ask CloudWatch for more values than one call answers for a few hundred series. */
const periodsMax = 180;

function checkTimes({ period, window, settle }: CanaryDefinition, path: Path): readonly Finding[] {
  const periodSeconds = secondsOr(period, canaryDefaults.periodSeconds);
  const windowSeconds = secondsOr(window, canaryDefaults.windowSeconds);
  const settleSeconds = secondsOr(settle, canaryDefaults.settleSeconds);
  const finding = (key: string, expected: string, came: unknown): Finding => ({
    ...{ path: [...path, key], at: 'value', expected, came: shown(came) },
  });
  if (periodSeconds < 60 || periodSeconds % 60 !== 0) {
    return [finding('period', 'whole minutes, at least 1m', period)];
  }
  const most = periodSeconds * periodsMax;
  if (windowSeconds < periodSeconds || windowSeconds > most) {
    const expected = `a window from ${durationText(periodSeconds)} (one period) to ${durationText(most)} (${periodsMax} periods)`;
    return [finding('window', expected, window ?? durationText(windowSeconds))];
  }
  if (settleSeconds < windowSeconds) return [];
  return [finding('settle', `less than the window of ${durationText(windowSeconds)}`, settle)];
}
