import { Token } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import type { CatalogueDefinition } from '../../lib/catalogue/schema.ts';
import {
  aCatalogue,
  actionsOf,
  aFleet,
  aKiln,
  idOf,
  type Resource,
  resourcesOf,
  statementsOfRole,
} from './builders.ts';
import { callsOfFunction } from './calls-of-function.ts';

type Gates = CatalogueDefinition['fleets'][string]['gates'];

const url = 'https://web.example.com/health';
const vpc = { subnets: ['subnet-00000001', 'subnet-00000002'], securityGroups: ['sg-00000001'] };
const outside = { probe: { url } };
const inside = { probe: { perInstance: { port: 8080 }, vpc } };
const sameInside = { probe: { url, vpc: { ...vpc, subnets: vpc.subnets.toReversed() } } };

function deployed(gates: Gates, ofWave?: CatalogueDefinition['waves'][number]['gates']) {
  const fleets = { 'web-prod': aFleet('web-prod', { gates: [{ alarms: ['a'] }, ...gates] }) };
  const own = ofWave === undefined ? {} : { gates: ofWave };
  const waves = [{ name: 'all', fleets: ['web-prod'], ...own }];
  const template = aKiln({ catalogue: aCatalogue({ fleets, waves }) }).template();
  const functions = Object.entries(resourcesOf(template, 'AWS::Lambda::Function')).filter(([id]) =>
    id.startsWith('KilnFunctionsProbes'),
  );
  const roles = Object.keys(resourcesOf(template, 'AWS::IAM::Role')).filter((id) =>
    id.startsWith('KilnFunctionsProbes'),
  );
  const role = (name: string) =>
    statementsOfRole(template, roles.find((id) => id.includes(name)) ?? 'none');
  const environment = (name: string) =>
    resourcesOf(template, 'AWS::Lambda::Function')[
      idOf(template, 'AWS::Lambda::Function', `KilnFunctions${name}`)
    ]?.Properties['Environment'].Variables;
  /** Whose roles may call one of these functions. */
  const callers = () =>
    Object.values(resourcesOf(template, 'AWS::IAM::Policy'))
      .filter(({ Properties }) =>
        functions.some(([id]) => JSON.stringify(Properties['PolicyDocument']).includes(id)),
      )
      .map(({ Properties }) => String(Properties['Roles'][0].Ref).replace(/Role[0-9A-F]{8}$/, ''))
      .toSorted();
  return { functions, role, environment, callers };
}

const reachOf = ([, { Properties }]: readonly [string, Resource]) =>
  Properties['Environment']?.Variables.PROBE_REACH;

describe('what makes the requests of probes', () => {
  it('is deployed for nobody who has none', () => {
    const { functions, environment } = deployed([]);
    expect(functions).toEqual([]);
    expect(environment('SuperviseRollout')).not.toHaveProperty('PROBE_FUNCTIONS');
    expect(environment('SuperviseWave')).not.toHaveProperty('LOCATE_FUNCTION');
  });

  it('is one function outside of any VPC for URLs, that may write its log and nothing else', () => {
    const { functions, role, environment } = deployed([outside, outside]);
    expect(functions.map(reachOf)).toEqual(['internet']);
    expect(functions[0]?.[1].Properties).not.toHaveProperty('VpcConfig');
    expect(role('ProbeTargets').flatMap(actionsOf)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(JSON.stringify(environment('SuperviseRollout').PROBE_FUNCTIONS)).toContain('internet');
    expect(environment('SuperviseRollout')).not.toHaveProperty('LOCATE_FUNCTION');
  });

  it('is one more for each place in a VPC, and one that finds addresses', () => {
    const { functions } = deployed([outside, inside, sameInside]);
    expect(functions.map(reachOf).toSorted()).toEqual(['internet', 'vpc', undefined]);
    const connected = functions.flatMap(([, { Properties }]) => Properties['VpcConfig'] ?? []);
    expect(connected).toEqual([{ SubnetIds: vpc.subnets, SecurityGroupIds: vpc.securityGroups }]);
    const other = { ...vpc, securityGroups: ['sg-00000002'] };
    const more = deployed([inside, { probe: { url, vpc: other } }]);
    expect(more.functions.map(reachOf).toSorted()).toEqual(['vpc', 'vpc', undefined]);
  });

  it('is there for waves as well, which alone ask what no fleet does', () => {
    const { functions, role, environment } = deployed([sameInside], [outside, sameInside]);
    expect(functions.map(reachOf).toSorted()).toEqual(['internet', 'vpc']);
    const places = (name: string) => JSON.stringify(environment(name).PROBE_FUNCTIONS);
    expect(places('SuperviseWave')).toMatch(/internet.*subnet-00000001|subnet-00000001.*internet/);
    expect(places('SuperviseRollout')).toMatch(/subnet-00000001/);
    expect(places('SuperviseRollout')).not.toMatch(/internet/);
    expect(JSON.stringify(role('LocateInstances'))).toBe('[]');

    const alone = deployed([], [outside]);
    expect(alone.functions.map(reachOf)).toEqual(['internet']);
    expect(alone.environment('SuperviseRollout')).not.toHaveProperty('PROBE_FUNCTIONS');
    expect(alone.callers()).toEqual(['KilnFunctionsSuperviseWave']);
  });

  it('takes subnets that are known at deployment only', () => {
    const subnets = [Token.asString({ Ref: 'Subnet' })];
    const { functions, environment } = deployed([{ probe: { url, vpc: { ...vpc, subnets } } }]);
    expect(functions[0]?.[1].Properties['VpcConfig'].SubnetIds).toEqual([{ Ref: 'Subnet' }]);
    expect(environment('SuperviseWave').PROBE_FUNCTIONS['Fn::Join'][1]).toContainEqual({
      Ref: 'Subnet',
    });
  });

  it('has interfaces by rights that its own code is denied', () => {
    const statements = deployed([inside]).role('ProbeTargets');
    const interfaces = (effect: string) =>
      statements
        .filter(({ Effect }) => Effect === effect)
        .flatMap(actionsOf)
        .filter((action) => action.startsWith('ec2:'));
    expect(interfaces('Allow').toSorted()).toEqual([
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ]);
    expect(interfaces('Deny').toSorted()).toEqual(interfaces('Allow').toSorted());
    const denied = statements.find(({ Effect }) => Effect === 'Deny');
    expect(JSON.stringify(denied?.Condition)).toContain('lambda:SourceFunctionArn');
  });

  it('is asked by those who judge gates, and by no one else', () => {
    expect(deployed([outside, inside]).callers()).toEqual([
      'KilnFunctionsSuperviseRollout',
      'KilnFunctionsSuperviseWave',
    ]);
  });

  it('asks nothing of AWS but what is granted', async () => {
    expect((await callsOfFunction('probe-targets')).actions).toEqual([]);
    expect((await callsOfFunction('probe-targets')).ledger).toEqual([]);
    expect((await callsOfFunction('locate-instances')).actions).toEqual(['ec2:DescribeInstances']);
    const granted = deployed([inside]).role('LocateInstances').flatMap(actionsOf);
    expect(granted).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents', 'ec2:DescribeInstances']);
  });
});
