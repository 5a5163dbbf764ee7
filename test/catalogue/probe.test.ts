import { Token } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { defineCatalogue } from '../../lib/catalogue/load.ts';
import { aDefinition, aFleet } from '../constructs/builders.ts';
import { aComponent, aKilnYaml, errorsOf, load } from './builders.ts';

const aProbe = (probe: string, mode = '') =>
  aKilnYaml({ fleet: { gates: `gates: [{ alarms: [a] }, { probe: { ${probe} }${mode} }]` } });
const at = 'here/kiln.yaml:13: fleets.web-prod.gates[1].probe';
const URL = 'url: https://shop.example.com/health';
const VPC = 'vpc: { subnets: [subnet-0123456789abcdef0], securityGroups: [sg-0123456789abcdef0] }';

describe('each mistake in a probe', () => {
  it.each([
    [
      'nothing to request',
      'method: GET',
      `${at}: expected exactly one of the keys url, perInstance, came neither`,
    ],
    [
      'two things to request',
      `${URL}, perInstance: { port: 80 }, ${VPC}`,
      `${at}: expected exactly one of the keys url, perInstance, came both`,
    ],
    [
      'a URL without encryption',
      'url: http://shop.example.com/',
      `${at}.url: expected a URL of https such as https://shop.example.com/health, came "http://shop.example.com/"`,
    ],
    [
      'a URL that is none',
      'url: https://shop..example:99999/',
      `${at}.url: expected a URL such as https://shop.example.com/health, came "https://shop..example:99999/"`,
    ],
    [
      'a password in the URL',
      'url: https://me:secret@shop.example.com/',
      `${at}.url: expected a URL without user and password: who may read the catalogue reads them, came one with them`,
    ],
    [
      'what is never sent',
      "url: 'https://shop.example.com/#top'",
      `${at}.url: expected a URL without what comes after #, which is never sent, came "#top"`,
    ],
    [
      'instances from outside of their VPC',
      'perInstance: { port: 80 }',
      `${at}.vpc: expected vpc with subnets and security groups from which the instances are reached, came nothing`,
    ],
    [
      'instances with certificates of nobody',
      `perInstance: { port: 443, scheme: https }, ${VPC}`,
      `${at}.perInstance.host: expected the name that the certificates of the instances are for, as they are verified, came nothing`,
    ],
    [
      'instances that are never old enough',
      `perInstance: { port: 80, settle: 2h }, ${VPC}`,
      `${at}.perInstance.settle: expected at most 1h: younger instances are not judged, came "2h"`,
    ],
    [
      'a path that is none',
      `perInstance: { port: 80, path: health }, ${VPC}`,
      `${at}.perInstance.path: expected a path that begins with / and has no spaces, such as /health, came "health"`,
    ],
    [
      'a header that is the prober’s own',
      `${URL}, headers: { Host: elsewhere }`,
      `${at}.headers.Host: expected no header that the prober sets by itself, came Host`,
    ],
    [
      'a body that is not sent',
      `${URL}, body: hello`,
      `${at}.body: expected method: POST where there is a body, came "GET"`,
    ],
    [
      'more passes than attempts',
      `${URL}, attempts: { of: 2, atLeast: 3 }`,
      `${at}.attempts.atLeast: expected at most the 2 attempts that there are, came 3`,
    ],
    [
      'attempts that outlast a look',
      `${URL}, timeout: 7s`,
      `${at}.timeout: expected from 1s to 6s, as 3 attempts have 20s together, came "7s"`,
    ],
    [
      'a pattern that could take for ever',
      `${URL}, expect: { matches: '(a+)+b' }`,
      `${at}.expect.matches: expected a pattern without groups, counts and references (( is not taken: there are no groups and no counts (write \\( for the character)), came "(a+)+b"`,
    ],
    [
      'a status that is none',
      `${URL}, expect: { status: [20] }`,
      `${at}.expect.status[0]: expected a status code from 200 to 599, came 20`,
    ],
    [
      'a misspelled key',
      `${URL}, expect: { contain: x }`,
      `${at}.expect.contain: expected one of the keys status, latencyMs, contains, matches, came the key "contain"; did you mean "contains"?`,
    ],
    [
      'a subnet that is none',
      `${URL}, vpc: { subnets: [vpc-1], securityGroups: [sg-0123456789abcdef0] }`,
      `${at}.vpc.subnets[0]: expected a subnet id such as subnet-0123456789abcdef0, came "vpc-1"`,
    ],
  ])('%s', (_, probe, ...messages) => {
    expect(errorsOf(aProbe(probe)).map(({ message }) => message)).toEqual(messages);
  });

  it.each([
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://2130706433/',
    'https://localhost/',
  ])('%s, which is no name that a certificate is for', (url) => {
    const [error, ...others] = errorsOf(aProbe(`url: '${url}'`));
    expect(others).toEqual([]);
    expect(error?.message).toContain(
      `${at}.url: expected a host by its full name, which its certificate is for, not by an address, came `,
    );
  });

  it('more places than a hub has probers', () => {
    const gates = Array.from({ length: 11 }, (_, index) => {
      const id = index.toString(16).padStart(8, '0');
      return `{ probe: { ${URL}, vpc: { subnets: [subnet-${id}], securityGroups: [sg-00000000] } } }`;
    });
    const errors = errorsOf(aKilnYaml({ fleet: { gates: `gates: [${gates.join(', ')}]` } }));
    expect(errors.map(({ message }) => message)).toEqual([
      'here/kiln.yaml:13: fleets.web-prod.gates[10].probe.vpc: expected at most 10 different places in the probes of a hub: each is a function of its own, came 11',
    ]);
  });
});

describe('a probe without mistakes', () => {
  const policyOf = (probe: string) => {
    const loaded = load(aProbe(probe));
    return loaded.ok ? loaded.catalogue.fleets['web-prod']?.gates[1] : loaded.errors;
  };

  it('is filled in', () => {
    expect(policyOf(URL)).toEqual({
      kind: 'probe',
      mode: 'enforce',
      target: { url: 'https://shop.example.com/health' },
      asked: { method: 'GET', headers: {}, attempts: 3, passes: 2, timeoutSeconds: 3 },
    });
  });

  it('says what is said, and the same place alike in whatever order it is written', () => {
    const probe = `perInstance: { port: 8443, path: /up, scheme: https, host: shop.example.com, sample: 5 },
      method: POST, body: '{}', headers: { accept: application/json },
      expect: { status: [200, 204], latencyMs: 800, contains: ok, matches: '"v": *1' },
      attempts: { of: 5, atLeast: 4 }, timeout: 4s,
      vpc: { subnets: [subnet-00000002, subnet-00000001, subnet-00000002], securityGroups: [sg-00000001] }`;
    expect(policyOf(probe.replaceAll('\n', ' '))).toEqual({
      kind: 'probe',
      mode: 'enforce',
      target: {
        ...{ scheme: 'https', port: 8443, path: '/up', host: 'shop.example.com' },
        instancesMax: 5,
      },
      asked: {
        ...{ method: 'POST', body: '{}', headers: { accept: 'application/json' } },
        ...{ statuses: [200, 204], latencyMsMax: 800, contains: 'ok', matches: '"v": *1' },
        ...{ attempts: 5, passes: 4, timeoutSeconds: 4 },
      },
      vpc: { subnetIds: ['subnet-00000001', 'subnet-00000002'], securityGroupIds: ['sg-00000001'] },
    });
  });

  it('alone is enough: it can be asked of a fleet at rest', () => {
    const gates = `gates: [{ probe: { ${URL} } }]`;
    expect(errorsOf(aKilnYaml({ fleet: { gates } }))).toEqual([]);
  });

  it('takes what is known at deployment only, and checks the rest all the same', () => {
    const token = Token.asString({ Ref: 'Subnet' });
    const probe = (atLeast: number) => ({
      ...{ url: `https://${token}/`, attempts: { of: 2, atLeast } },
      vpc: { subnets: [token], securityGroups: [Token.asString({ Ref: 'Group' })] },
    });
    const define = (atLeast: number) =>
      defineCatalogue(
        aDefinition({
          fleets: { 'web-prod': aFleet('web-prod', { gates: [{ probe: probe(atLeast) }] }) },
        }),
        { readFile: () => aComponent },
      );
    expect(define(2).fleets['web-prod']?.gates).toMatchObject([{ vpc: { subnetIds: [token] } }]);
    expect(() => define(3)).toThrow('at most the 2 attempts that there are');
  });
});
