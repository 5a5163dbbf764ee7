import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { orphansMetricLine } from '../../lambdas/core/metrics.ts';
import { runbookAnchors } from '../../lib/alarms.ts';
import { aCatalogue, aFleet, aKiln, everyGate, type Resource, resourcesOf } from './builders.ts';

const runbook = new URL('../../docs/runbook.md', import.meta.url);

/** The anchors that a Markdown viewer makes of headings. */
const anchorsIn = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );

describe('every alarm', () => {
  let alarms: readonly Resource[];
  beforeAll(() => {
    const fleets = { 'web-prod': aFleet('web-prod', { gates: everyGate }) };
    const catalogue = aCatalogue({ fleets, approvalLinks: true });
    alarms = Object.values(resourcesOf(aKiln({ catalogue }).template(), 'AWS::CloudWatch::Alarm'));
  });
  const property = (name: string) => alarms.map(({ Properties }) => Properties[name]);

  it('has a name that says of what and which condition, and no two the same', () => {
    const names: readonly string[] = property('AlarmName');
    expect(new Set(names).size).toBe(names.length);
    for (const name of names)
      expect(name).toMatch(
        /^Hub\/Kiln\/[\w/]+\/(Errors|UrlErrors|Throttles|NotEmpty|Failed|TimedOut|GivesUp)$/,
      );
    expect(names).toContain('Hub/Kiln/Functions/Wake/Errors');
    expect(names).toContain('Hub/Kiln/Queues/DeadLetters/NotEmpty');
  });

  it('watches the metric that a sweep emits which gives orphans up', () => {
    const line = orphansMetricLine('main', 2, 0) as { _aws: { CloudWatchMetrics: unknown } };
    const alarm = alarms.find(({ Properties }) => Properties.MetricName === 'OrphansGivenUp');
    const { Namespace, MetricName, Dimensions, Statistic, Threshold } = alarm?.Properties ?? {};
    expect({ Dimensions, Statistic, Threshold }).toEqual({
      Dimensions: [{ Name: 'Hub', Value: 'main' }],
      Statistic: 'Sum',
      Threshold: 1,
    });
    expect(line).toMatchObject({ Hub: 'main', OrphansGivenUp: 2 });
    expect(line._aws.CloudWatchMetrics).toEqual([
      { Namespace, Dimensions: [['Hub']], Metrics: [{ Name: MetricName, Unit: 'Count' }] },
    ]);
  });

  it('watches what people meet at the public address, and not the errors of its function', () => {
    const names: readonly string[] = property('AlarmName');
    const about = names.filter((name) => name.includes('/AnswerApproval/'));
    expect(about).toEqual(['Hub/Kiln/Functions/AnswerApproval/UrlErrors']);
    const alarm = alarms.find(({ Properties }) => Properties.AlarmName === about[0]);
    expect(alarm?.Properties).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Url5xxCount',
      Dimensions: [{ Name: 'FunctionName' }],
      Threshold: 1,
    });
  });

  it('says what missing data means, and tells people', () => {
    expect(new Set(property('TreatMissingData'))).toEqual(new Set(['notBreaching']));
    for (const actions of property('AlarmActions'))
      expect(actions).toEqual([{ Ref: 'KilnNotifications293A20C8' }]);
  });

  it('leads to its section of the runbook, and every section is led to', () => {
    const anchors = property('AlarmDescription').map(
      (text: string) => text.match(/ docs\/runbook\.md#([a-z-]+)$/)?.[1],
    );
    expect(new Set(anchors)).toEqual(new Set(Object.values(runbookAnchors)));
  });

  it.skipIf(!existsSync(runbook))('has that section', () => {
    const anchors = anchorsIn(readFileSync(runbook, 'utf8'));
    for (const anchor of Object.values(runbookAnchors)) expect(anchors).toContain(anchor);
  });
});
