import { describe, expect, it } from 'vitest';
import { aKilnYaml, errorsOf, load } from './builders.ts';

const withGates = (gates: string) => aKilnYaml({ fleet: { gates: `gates: ${gates}` } });
const aCanary = (metrics: string, more = '') =>
  withGates(`[{ alarms: [a] }, { canary: { metrics: [${metrics}]${more} } }]`);
const CPU = 'name: cpu, metric: { namespace: AWS/EC2, name: CPUUtilization }, direction: increase';
const at = 'here/kiln.yaml:13: fleets.web-prod.gates[1].canary';

describe('each mistake in a canary gate', () => {
  it.each([
    [
      'metrics of a load balancer, which count both versions in one number',
      aCanary(`{ ${CPU.replace('AWS/EC2', 'AWS/ApplicationELB')} }`),
      `${at}.metrics[0].metric.namespace: expected a namespace whose metrics tell instances apart (AWS/EC2, CWAgent, one of your own): a load balancer or a group counts new and old instances in one number, without an instance dimension. Publish latency and errors by instance from the application or the CloudWatch agent, or watch this metric with an alarms gate, came "AWS/ApplicationELB"`,
    ],
    [
      'dimensions that tell nobody apart',
      aCanary(
        `{ name: cpu, metric: { namespace: Web, name: x, dimensions: { Stage: prod } }, direction: increase }`,
      ),
      `${at}.metrics[0].metric.dimensions: expected a dimension with {{instance}} or {{image}}, by which new and old instances are told apart, came Stage`,
    ],
    [
      'a placeholder that stands for nothing',
      aCanary(
        `{ name: cpu, metric: { namespace: Web, name: x, dimensions: { Host: '{{instances}}' } }, direction: increase }`,
      ),
      `${at}.metrics[0].metric.dimensions: expected one of {{instance}}, {{image}} in the value of a dimension, came "{{instances}}"; did you mean "{{instance}}"?`,
    ],
    [
      'a metric of no kind',
      aCanary('{ name: cpu, direction: increase }'),
      `${at}.metrics[0]: expected exactly one of the keys metric, math, came the keys name, direction`,
    ],
    [
      'a direction that is none',
      aCanary(`{ ${CPU.replace('increase', 'up')} }`),
      `${at}.metrics[0].direction: expected one of increase, decrease, either, came "up"`,
    ],
    [
      'a statistic that CloudWatch does not know',
      aCanary(`{ ${CPU.replace('CPUUtilization', 'CPUUtilization, stat: P90')} }`),
      `${at}.metrics[0].metric.stat: expected a statistic of CloudWatch such as Average, Sum, p90 or tm95, came "P90"`,
    ],
    [
      'two metrics of one name',
      aCanary(`{ ${CPU} }, { ${CPU} }`),
      `${at}.metrics[1].name: expected a name that no other metric of the gate has, came "cpu"`,
    ],
    [
      'an expression that names a metric that is not there',
      aCanary(
        '{ name: m, direction: increase, math: { expression: failed / request, of: { failed: { namespace: W, name: f }, requests: { namespace: W, name: r } } } }',
      ),
      `${at}.metrics[0].math.expression: expected names that stand under of (failed, requests), and functions in capitals, came "request"; did you mean "requests"?`,
      `${at}.metrics[0].math.of.requests: expected a metric that the expression "failed / request" names, came one that it does not name`,
    ],
    [
      'a marginal score above the one that passes',
      aCanary(`{ ${CPU} }`, ', pass: 70'),
      `${at}.marginal: expected at most pass 70, came 75`,
    ],
    [
      'a group without a weight',
      aCanary(`{ ${CPU}, group: machin }`, ', groups: { machine: 1 }'),
      `${at}.metrics[0].group: expected one of the groups that have a weight: machine, came "machin"; did you mean "machine"?`,
    ],
    [
      'an effect size on the wrong side of no effect',
      aCanary(`{ ${CPU}, effectSize: { measure: cles, high: 0.4 } }`),
      `${at}.metrics[0].effectSize.high: expected 0.5 or more, at most 1, as cles is 0.5 without any effect, came 0.4`,
    ],
    [
      'a period of half a minute',
      aCanary(`{ ${CPU} }`, ', period: 30s'),
      `${at}.period: expected whole minutes, at least 1m, came "30s"`,
    ],
    [
      'a window of more periods than can be read',
      aCanary(`{ ${CPU} }`, ', window: 181m'),
      `${at}.window: expected a window from 1m (one period) to 3h (180 periods), came "181m"`,
    ],
    [
      'instances that settle for the whole window',
      aCanary(`{ ${CPU} }`, ', settle: 1h'),
      `${at}.settle: expected less than the window of 1h, came "1h"`,
    ],
    [
      'a tolerance below nothing',
      aCanary(`{ ${CPU}, tolerance: -0.1 }`),
      `${at}.metrics[0].tolerance: expected a share, 0 or more: 0.05 is 5 %, came -0.1`,
    ],
    [
      'no enforced gate beside it, which would leave the soak blind',
      withGates(`[{ alarms: [a], mode: observe }, { canary: { metrics: [{ ${CPU} }] } }]`),
      'here/kiln.yaml:13: fleets.web-prod.gates: expected at least one of alarms, targetHealth, instanceHealth, probe in mode enforce: the others judge a rollout, and nothing else watches the soak of a wave, came 1 of other kinds',
    ],
  ] as const)('names %s', (_, yaml, ...messages) => {
    expect(errorsOf(yaml).map(({ message }) => message)).toEqual(messages);
  });
});

it('a canary gate becomes a policy with every default filled in', () => {
  const math =
    '{ name: failures, direction: increase, math: { expression: f / r, of: { f: { namespace: W, name: F, stat: Sum }, r: { namespace: W, name: R } } } }';
  const loaded = load(aCanary(`{ ${CPU}, tolerance: 0.1 }, ${math}`, ', window: 3h'));
  if (!loaded.ok) throw new Error(loaded.errors[0]?.message);
  expect(loaded.catalogue.fleets['web-prod']?.gates[1]).toEqual({
    kind: 'canary',
    mode: 'enforce',
    metrics: [
      {
        name: 'cpu',
        from: { namespace: 'AWS/EC2', name: 'CPUUtilization', stat: 'Average' },
        direction: 'increase',
        tolerance: 0.1,
      },
      {
        name: 'failures',
        from: {
          expression: 'f / r',
          of: {
            f: { namespace: 'W', name: 'F', stat: 'Sum' },
            r: { namespace: 'W', name: 'R', stat: 'Average' },
          },
        },
        direction: 'increase',
      },
    ],
    pass: 95,
    marginal: 75,
    confidence: 0.98,
    minimumSamples: 10,
    periodSeconds: 60,
    windowSeconds: 10_800,
    settleSeconds: 0,
  });
});
