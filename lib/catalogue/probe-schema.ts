import * as z from 'zod';
import { ATTEMPTS_MAX, INSTANCES_MAX } from '../../lambdas/core/probe/policy.ts';
import { duration, list, oneOf, text, textOrToken, whole } from './leaves.ts';

/** A `probe` gate as users write it. What its parts say together is checked by `probe-checks.ts`. */

const path = text(
  /^\/[\x21-\x7e]{0,1023}$/,
  'a path that begins with / and has no spaces, such as /health',
);

const perInstance = z
  .strictObject({
    port: whole(1, 65_535, 'a port').describe('Where the instances listen'),
    path: path.optional().describe('With the query. Default: /'),
    scheme: oneOf(['http', 'https']).optional().describe('Default: http'),
    host: text(
      /^(?=.{1,255}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/,
      'a host name such as shop.example.com',
    )
      .optional()
      .describe(
        'The `Host` that is asked for; with https also whom the certificate must be of. Default: the address',
      ),
    sample: whole(1, INSTANCES_MAX, 'a whole number of instances')
      .optional()
      .describe('How many new instances are probed at a look, others each minute. Default: 10'),
    settle: duration
      .optional()
      .describe(
        'Instances that were started less than that ago are left out. Default: the grace period of the health checks of the group',
      ),
  })
  .describe('Each new instance in service, by its private address; needs `vpc`');

const attempts = z
  .strictObject({
    of: whole(1, ATTEMPTS_MAX, 'a whole number of attempts').describe('So many at most'),
    atLeast: whole(1, ATTEMPTS_MAX, 'a whole number of attempts').describe(
      'So many of them must pass',
    ),
  })
  .describe('Of each target, at each look. Default: 2 of 3');

const expected = z
  .strictObject({
    status: list(
      whole(200, 599, 'a status code'),
      'a list of at least one status code from 200 to 599',
    )
      .optional()
      .describe('Status codes that pass. Default: 200 to 299'),
    latencyMs: whole(1, 20_000, 'milliseconds')
      .optional()
      .describe('From the beginning of an attempt to the end of its body, at most'),
    contains: text(/^[\s\S]{1,500}$/, 'a text of 1 to 500 characters')
      .optional()
      .describe('What the body must contain'),
    matches: text(/^[\s\S]{1,100}$/, 'a pattern of 1 to 100 characters')
      .optional()
      .describe('A pattern that some part of the body must match: docs/gates.md says of what form'),
  })
  .describe('What makes an answer good');

export const probeSchema = z
  .strictObject({
    url: textOrToken(
      /^https:\/\/[\x21-\x7e]{1,1000}$/,
      'a URL of https such as https://shop.example.com/health',
    )
      .optional()
      .describe('What is requested: through the load balancer, as users do'),
    perInstance: perInstance.optional(),
    method: oneOf(['GET', 'POST']).optional().describe('Default: GET'),
    headers: z
      .record(
        text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'the name of a header'),
        text(/^[\x20-\x7e]{0,1000}$/, 'the value of a header, of printable characters'),
        { error: 'a mapping from header to value' },
      )
      .optional()
      .describe('Sent along. No secrets: who may read the catalogue reads them'),
    body: text(/^[\s\S]{1,1000}$/, 'a text of 1 to 1000 characters')
      .optional()
      .describe('Sent with POST'),
    expect: expected.optional(),
    attempts: attempts.optional(),
    timeout: duration
      .optional()
      .describe('Of one attempt, from looking the name up to the end of the body. Default: 3s'),
    vpc: z
      .strictObject({
        subnets: list(
          textOrToken(/^subnet-[0-9a-f]{8,17}$/, 'a subnet id such as subnet-0123456789abcdef0'),
          'a list of at least one subnet id',
        ),
        securityGroups: list(
          textOrToken(/^sg-[0-9a-f]{8,17}$/, 'a security group id such as sg-0123456789abcdef0'),
          'a list of at least one security group id',
        ),
      })
      .optional()
      .describe('Where requests are made from. Default: outside of any VPC'),
  })
  .describe('Makes requests and judges the answers; has exactly one of url, perInstance');

/** Of a wave: instances belong to fleets, each with a group and a version of its own. */
export const waveProbeSchema = probeSchema.extend({
  perInstance: z
    .never({
      error:
        'no perInstance in a gate of a wave, which has several fleets: put that probe on each fleet, where it goes on in the soak of the wave',
    })
    .optional()
    .describe('Of fleets alone'),
});

export type ProbeDefinition = z.input<typeof probeSchema>;
