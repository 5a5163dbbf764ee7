/** Where a model is known to be wrong about AWS. The generator applies these and notes them in the data. */

import type { Amendment } from './shapes.ts';

/** Shapes are those of requests or of answers; the same name may be less strict in one of them. */
export type Direction = 'input' | 'output';

export interface KnownBetter {
  readonly client: string;
  readonly shape: string;
  readonly direction: Direction;
  /** Limits that AWS does not keep. */
  readonly without: readonly ('min' | 'max' | 'pattern' | 'enum')[];
  readonly reason: string;
}

export const knownBetter: readonly KnownBetter[] = [
  {
    client: 'client-dynamodb',
    shape: 'BatchGetRequestMap',
    direction: 'output',
    without: ['min'],
    reason: 'API reference, BatchGetItem: without unprocessed keys UnprocessedKeys is empty',
  },
  {
    client: 'client-dynamodb',
    shape: 'BatchWriteItemRequestMap',
    direction: 'output',
    without: ['min'],
    reason: 'API reference, BatchWriteItem: without unprocessed items UnprocessedItems is empty',
  },
  {
    client: 'client-dynamodb',
    shape: 'PositiveLongObject',
    direction: 'output',
    without: ['min'],
    reason: 'API reference, DescribeTable, sample response: NumberOfDecreasesToday is 0',
  },
  {
    client: 'client-imagebuilder',
    shape: 'VersionNumber',
    direction: 'output',
    without: ['pattern'],
    reason: 'API reference, GetImage, sample response: the version of an image is 1.0.0/1',
  },
  {
    client: 'client-imagebuilder',
    shape: 'TagKey',
    direction: 'output',
    without: ['pattern'],
    reason:
      'the pattern keeps callers from tags of AWS (aws:cloudformation:stack-name), which are shown all the same',
  },
  {
    client: 'client-ssm',
    shape: 'ParameterLabelList',
    direction: 'output',
    without: ['min'],
    reason:
      'CLI reference, get-parameter-history, sample output: Labels of a version without any are []',
  },
];

export function asAmendment({ shape, direction, without, reason }: KnownBetter): Amendment {
  return { shape, what: `has no ${without.join(' and ')} in an ${direction}`, reason };
}
