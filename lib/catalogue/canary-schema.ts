import * as z from 'zod';
import { bounded, duration, list, oneOf, text, whole } from './leaves.ts';

/** A `canary` gate as users write it. The words are those of `kiln judge`, so that a policy tuned there moves over here. */

const stat = text(
  /^(?:Average|Sum|Minimum|Maximum|SampleCount|IQM|(?:p|tm|wm|tc|ts)(?:100|\d{1,2}(?:\.\d{1,3})?))$/,
  'a statistic of CloudWatch such as Average, Sum, p90 or tm95',
);
const dimension = text(
  /^.{1,255}$/,
  'the value of a dimension, in which {{instance}} and {{image}} stand for what is compared',
);

const source = z
  .strictObject({
    namespace: text(/^[^:]{1,255}$/, 'a namespace of CloudWatch such as AWS/EC2').describe(
      'Namespace of the metric; those of load balancers have no instance dimension',
    ),
    name: text(/^.{1,255}$/, 'the name of a CloudWatch metric').describe('Name of the metric'),
    stat: stat.optional().describe('Statistic over each period. Default: Average'),
    dimensions: z
      .record(text(/^.{1,255}$/, 'the name of a dimension'), dimension, {
        error: 'a mapping from dimension to value',
      })
      .optional()
      .describe(
        'All dimensions that the metric is published with; {{instance}} and {{image}} stand for what is compared. Default: InstanceId: {{instance}}',
      ),
  })
  .describe('One CloudWatch metric, its values by instance or by image');

/** CloudWatch wants ids that begin with a small letter. @see CW-UG/using-metric-math */
const part = text(
  /^[a-z][A-Za-z0-9_]{0,31}$/,
  'a name of letters, digits and underscores that begins with a small letter',
);

const math = z
  .strictObject({
    expression: text(
      /^.{1,500}$/,
      'an expression of CloudWatch metric math such as failed / requests',
    ).describe('Metric math over the names under `of`'),
    of: z
      .record(part, source, { error: 'a mapping from a name in the expression to a metric' })
      .describe('The metrics of the expression by name'),
  })
  .describe('Metric math, worked out for each instance or image by itself');

const share = bounded('a share, 0 or more: 0.05 is 5 %', { min: 0 });

const effectSize = z
  .strictObject({
    measure: oneOf(['meanRatio', 'cles']).describe(
      "`meanRatio`: the new instances' mean by the old ones'. `cles`: share of pairs in which the new one is the larger",
    ),
    high: z.number({ error: 'a number' }).optional().describe('High only from here on'),
    low: z.number({ error: 'a number' }).optional().describe('Low only down to there'),
  })
  .describe('How large an effect must be to count');

/** What both kinds of metrics are judged by. */
const judged = {
  name: text(/^.{1,64}$/, 'a name of at most 64 characters').describe('What reasons call it'),
  direction: oneOf(['increase', 'decrease', 'either']).describe('Which change does harm'),
  critical: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('Whether the score is 0 unless this metric passes. Default: false'),
  group: text(/^.{1,64}$/, 'the name of a group')
    .optional()
    .describe('Its group. Default: default'),
  tolerance: share
    .optional()
    .describe("The shift that does not matter, as a share of the baseline's median. Default: 0"),
  effectSize: effectSize.optional(),
  nanStrategy: oneOf(['remove', 'zero'])
    .optional()
    .describe(
      '`remove`: periods without a value are left out. `zero`: they count as 0. Default: remove',
    ),
};

export const comparedMetricSchema = z.union([
  z.strictObject({ ...judged, metric: source }),
  z.strictObject({ ...judged, math }),
]);

export const canarySchema = z
  .strictObject({
    metrics: list(comparedMetricSchema, 'a list of at least one metric').describe(
      'What is compared; each has exactly one of metric, math',
    ),
    groups: z
      .record(z.string(), bounded('a weight, 0 or more', { min: 0 }), {
        error: 'a mapping of groups to weights',
      })
      .optional()
      .describe('Weights by group, all groups or none. Default: all weigh the same'),
    toleranceOf: oneOf(['baseline', 'shift'])
      .optional()
      .describe(
        "What a tolerance is a share of: the baseline's median, or the estimated shift. Default: baseline",
      ),
    pass: bounded('a score above 0, at most 100', { above: 0, max: 100 })
      .optional()
      .describe('From this score on it is green. Default: 95'),
    marginal: bounded('a score of 0 to 100', { min: 0, max: 100 })
      .optional()
      .describe('Below this score it is red. Default: 75'),
    confidence: bounded('a number between 0 and 1, such as 0.98', { above: 0, below: 1 })
      .optional()
      .describe("Of each metric's interval. Default: 0.98"),
    minimumSamples: whole(1, 10_000, 'a whole number of samples')
      .optional()
      .describe('Fewer on either side are no data. Default: 10'),
    period: duration.optional().describe('Of every metric. Whole minutes. Default: 1m'),
    window: duration
      .optional()
      .describe(
        'The newest so much of the time in which both versions ran; at most 180 periods. Default: 1h',
      ),
    settle: duration
      .optional()
      .describe('How much of the beginning of each new instance is left out. Default: 0s'),
  })
  .describe('Compares metrics of the new instances with those of the old ones, over the same time');

export type CanaryDefinition = z.input<typeof canarySchema>;
