import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { IMAGE } from '../core/gate-policy.ts';
import type { FleetPolicy } from '../core/policy.ts';
import { log } from './entry.ts';

const PERIOD_SECONDS = 60;

/**
 * What was seen since the soak began, in whole minutes and rounded down: fewer rather than more. Undefined when it could not be read, which is
 * never evidence.
 */
export async function readSoakEvidence(
  client: CloudWatchClient,
  { name, soakEvidence }: FleetPolicy,
  imageId: string,
  sinceMs: number,
  nowMs: number,
): Promise<number | undefined> {
  if (soakEvidence === undefined) return undefined;
  const periodMs = PERIOD_SECONDS * 1000;
  const fromMs = Math.ceil(sinceMs / periodMs) * periodMs;
  if (nowMs - fromMs < periodMs) return 0;
  const { what, metric } = soakEvidence;
  try {
    let seen = 0;
    let next: string | undefined;
    do {
      const { MetricDataResults: [result] = [], NextToken } = await client.send(
        new GetMetricDataCommand({
          MetricDataQueries: [
            {
              Id: 'seen',
              MetricStat: {
                Metric: {
                  Namespace: metric.namespace,
                  MetricName: metric.name,
                  Dimensions: Object.entries(metric.dimensions).map(([Name, value]) => ({
                    Name,
                    Value: value.replaceAll(IMAGE, imageId),
                  })),
                },
                Period: PERIOD_SECONDS,
                Stat: what === 'requests' ? 'Sum' : 'SampleCount',
              },
            },
          ],
          StartTime: new Date(fromMs),
          EndTime: new Date(nowMs),
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      seen += (result?.Values ?? []).reduce((sum, value) => sum + value, 0);
      next = NextToken;
    } while (next !== undefined);
    return Math.floor(seen);
  } catch (error) {
    log('ERROR', 'evidence not read', { fleet: name, error: String(error) });
    return undefined;
  }
}
