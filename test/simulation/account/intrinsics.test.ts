import { describe, expect, it } from 'vitest';
import type { Json } from '../../../simulator/contract.ts';
import { parseTemplate } from '../../../simulator/template/assembly.ts';
import { referencesIn, resolve } from '../../../simulator/template/intrinsics.ts';
import { StackScope } from '../../../simulator/template/stack-scope.ts';

const place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };

const scope = new StackScope({
  input: {
    name: 'Hub',
    dependsOn: [],
    assets: new Map(),
    tags: {},
    template: parseTemplate('Hub', {
      Parameters: {
        Plain: { Type: 'String', Default: 'plain' },
        Given: { Type: 'String', Default: 'default' },
        Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1,subnet-2' },
        BaseImage: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: '/base' },
        Nowhere: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/nowhere' },
        Valueless: { Type: 'String' },
      },
      Mappings: { Sizes: { 'eu-west-1': { big: 'm7g.large' } } },
      Conditions: {
        Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
        There: { 'Fn::Not': [{ Condition: 'Here' }] },
        Both: { 'Fn::And': [{ Condition: 'Here' }, { Condition: 'There' }] },
        Either: { 'Fn::Or': [{ Condition: 'Here' }, { Condition: 'There' }] },
      },
      Resources: { Table: { Type: 'AWS::DynamoDB::Table' } },
    }),
  },
  surroundings: {
    place,
    parameterValue: (name) => ({ '/base': 'ami-1' })[name],
    exported: (name) => ({ 'Net:Vpc': 'vpc-1' })[name],
  },
  made: new Map([
    ['Table', { ref: 'Hub-Table', attributes: { Arn: 'arn:table', 'Nested.Arn': 'arn:nested' } }],
  ]),
  overrides: { Given: 'override' },
});

const cases: { case: string; value: Json; expected: Json | undefined }[] = [
  { case: 'Ref of a resource', value: { Ref: 'Table' }, expected: 'Hub-Table' },
  { case: 'Ref of a parameter by default', value: { Ref: 'Plain' }, expected: 'plain' },
  { case: 'Ref of a parameter that is given', value: { Ref: 'Given' }, expected: 'override' },
  {
    case: 'Ref of a list parameter',
    value: { Ref: 'Subnets' },
    expected: ['subnet-1', 'subnet-2'],
  },
  { case: 'Ref of an SSM parameter type', value: { Ref: 'BaseImage' }, expected: 'ami-1' },
  {
    case: 'pseudo parameters',
    value: [{ Ref: 'AWS::Partition' }, { Ref: 'AWS::URLSuffix' }],
    expected: ['aws', 'amazonaws.com'],
  },
  {
    case: 'NoValue removes a member',
    value: { a: { Ref: 'AWS::NoValue' }, b: 1 },
    expected: { b: 1 },
  },
  { case: 'NoValue removes an item', value: [{ Ref: 'AWS::NoValue' }, 1], expected: [1] },
  { case: 'GetAtt as a list', value: { 'Fn::GetAtt': ['Table', 'Arn'] }, expected: 'arn:table' },
  {
    case: 'GetAtt as text, dotted',
    value: { 'Fn::GetAtt': 'Table.Nested.Arn' },
    expected: 'arn:nested',
  },
  {
    case: 'Sub',
    value: { 'Fn::Sub': '${Table}-${Table.Arn}-${AWS::Region}-${!Literal}' },
    expected: 'Hub-Table-arn:table-eu-west-1-${Literal}',
  },
  {
    case: 'Sub with a map',
    value: { 'Fn::Sub': ['${X}/${Plain}', { X: { Ref: 'Table' } }] },
    expected: 'Hub-Table/plain',
  },
  { case: 'Join', value: { 'Fn::Join': ['-', ['a', { Ref: 'Plain' }]] }, expected: 'a-plain' },
  {
    case: 'Join of a list parameter',
    value: { 'Fn::Join': ['|', { Ref: 'Subnets' }] },
    expected: 'subnet-1|subnet-2',
  },
  {
    case: 'Select of Split',
    value: { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] },
    expected: 'b',
  },
  { case: 'Select by text', value: { 'Fn::Select': ['0', ['a']] }, expected: 'a' },
  { case: 'If true', value: { 'Fn::If': ['Here', 'yes', { Ref: 'Missing' }] }, expected: 'yes' },
  { case: 'If false', value: { 'Fn::If': ['There', 'yes', { Ref: 'Plain' }] }, expected: 'plain' },
  { case: 'If and', value: { 'Fn::If': ['Both', 1, 2] }, expected: 2 },
  { case: 'If or', value: { 'Fn::If': ['Either', 1, 2] }, expected: 1 },
  {
    case: 'If without a value',
    value: { a: { 'Fn::If': ['There', 1, { Ref: 'AWS::NoValue' }] } },
    expected: {},
  },
  {
    case: 'FindInMap',
    value: { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'big'] },
    expected: 'm7g.large',
  },
  { case: 'ImportValue', value: { 'Fn::ImportValue': 'Net:Vpc' }, expected: 'vpc-1' },
  {
    case: 'GetAZs of this Region',
    value: { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] },
    expected: 'eu-west-1b',
  },
  { case: 'Base64', value: { 'Fn::Base64': 'hello' }, expected: 'aGVsbG8=' },
  { case: 'dynamic reference', value: 'image {{resolve:ssm:/base:3}}', expected: 'image ami-1' },
  {
    case: 'a condition of a policy is left alone',
    value: { Condition: { Bool: { a: 'true' } } },
    expected: { Condition: { Bool: { a: 'true' } } },
  },
  {
    case: 'numbers, booleans and null stay',
    value: { a: [1, true, null] },
    expected: { a: [1, true, null] },
  },
];

describe('resolve', () => {
  it.each(cases)('$case', ({ value, expected }) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it.each([
    [{ Ref: 'Missing' }, 'no resource Missing in stack Hub'],
    [{ Ref: 'Valueless' }, 'parameter Valueless must have a value'],
    [{ Ref: 'Nowhere' }, 'SSM parameter /nowhere does not exist'],
    [
      { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      'unsupported attribute StreamArn of AWS::DynamoDB::Table at Hub/Table',
    ],
    [{ 'Fn::ImportValue': 'Net:Other' }, 'no export named Net:Other found'],
    [{ 'Fn::Select': [3, ['a']] }, 'Fn::Select: index 3 of a list of 1'],
    [{ 'Fn::FindInMap': ['Sizes', 'us-east-1', 'big'] }, 'mapping Sizes has no us-east-1, big'],
    [{ 'Fn::If': ['Unknown', 1, 2] }, 'condition Unknown does not exist'],
    [{ 'Fn::Transform': { Name: 'x' } }, 'unsupported intrinsic function Fn::Transform'],
    ['{{resolve:secretsmanager:x}}', 'unsupported dynamic reference {{resolve:secretsmanager:x}}'],
  ] as [Json, string][])('refuses %j', (value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });
});

describe('referencesIn', () => {
  it('finds Ref, GetAtt and the names in a Sub, wherever they stand', () => {
    const value: Json = {
      a: [
        { Ref: 'One' },
        { 'Fn::GetAtt': 'Two.Arn' },
        { 'Fn::If': ['C', { 'Fn::GetAtt': ['Three', 'Arn'] }, 1] },
      ],
      b: { 'Fn::Sub': ['${Four.Arn} ${!Not} ${Five}', { Five: { Ref: 'Six' } }] },
    };
    expect([...referencesIn(value)].sort()).toEqual(['Five', 'Four', 'One', 'Six', 'Three', 'Two']);
  });
});
