import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../lib/bundle.ts';
import { type FunctionName, functionNames, pascalCase } from '../../lib/functions.ts';
import { actionsOf, aKiln, idOf, statementsOfRole } from './builders.ts';

/** The prefix of each client's actions in policies. */
const prefixes: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  cloudwatch: 'cloudwatch',
  dynamodb: 'dynamodb',
  ec2: 'ec2',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  imagebuilder: 'imagebuilder',
  lambda: 'lambda',
  sfn: 'states',
  sqs: 'sqs',
  ssm: 'ssm',
};

/** What an operation needs by another name, or by those of its parts. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  'lambda:Invoke': ['lambda:InvokeFunction'],
  'dynamodb:TransactWriteItems': ['dynamodb:ConditionCheckItem'],
};

/** Granted and never called by a bundle: AWS asks for them on behalf of another call, or reads the queue for us. */
const onBehalf: Readonly<Record<string, string>> = {
  'ec2:CreateTags': 'StartInstanceRefresh tries a launch',
  'ec2:RunInstances': 'StartInstanceRefresh tries a launch',
  'iam:PassRole': 'StartInstanceRefresh tries a launch',
  'imagebuilder:GetImagePipeline': 'StartImagePipelineExecution depends on it',
  'imagebuilder:TagResource': 'StartImagePipelineExecution with tags depends on it',
  'logs:CreateLogStream': 'Lambda writes the log',
  'logs:PutLogEvents': 'Lambda writes the log',
  'sqs:DeleteMessage': 'Lambda reads the queue',
  'sqs:GetQueueAttributes': 'Lambda reads the queue',
  'sqs:ReceiveMessage': 'Lambda reads the queue',
  'sqs:SendMessage': 'Lambda hands over what failed',
};

const lambdas = new URL('../../lambdas/', import.meta.url);

/** Every operation that some source of ours imports from a client, with its action. */
function knownOperations(): ReadonlyMap<string, string> {
  const files = readdirSync(lambdas, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const found = files.flatMap((file) => {
    const text = readFileSync(new URL(file, lambdas), 'utf8');
    return [
      ...text.matchAll(/import (?:type )?\{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g),
    ].flatMap(([, names, client]) =>
      [...names!.matchAll(/\b(?:paginate(\w+)|(\w+)Command)\b/g)].map(
        ([, paged, single]): [string, string] => {
          const operation = paged ?? single!;
          return [operation, `${prefixes[client!] ?? `no prefix for ${client}`}:${operation}`];
        },
      ),
    );
  });
  return new Map(found);
}

describe('the role and the bundle of each function', () => {
  let bundles: ReadonlyMap<string, string>;
  let granted: (name: FunctionName) => readonly string[];
  const operations = knownOperations();
  beforeAll(async () => {
    bundles = new Map((await bundle()).map(({ name, path }) => [name, readFileSync(path, 'utf8')]));
    const template = aKiln().template();
    granted = (name) =>
      statementsOfRole(
        template,
        idOf(template, 'AWS::IAM::Role', `KilnFunctions${pascalCase(name)}Role`),
      ).flatMap(actionsOf);
  });

  const called = (name: FunctionName) => {
    const text = bundles.get(name) ?? '';
    return [...operations]
      .filter(([operation]) => new RegExp(`["'\`]${operation}["'\`]`).test(text))
      .flatMap(([, action]) => renamed[action] ?? [action]);
  };

  it('are of the same functions', () => {
    expect([...bundles.keys()].toSorted()).toEqual([...functionNames].toSorted());
    expect(operations.size).toBeGreaterThan(20);
  });

  it.each(functionNames)('%s is granted every call that is in it', (name) => {
    const rights = granted(name);
    expect(called(name).filter((action) => !rights.includes(action))).toEqual([]);
    expect(called(name).length).toBeGreaterThan(0);
  });

  it.each(functionNames)('%s is granted nothing that is not in it', (name) => {
    const calls = called(name);
    const unused = granted(name)
      // The table's own actions come as one grant to read and one to write.
      .filter((action) => !action.startsWith('dynamodb:'))
      .filter((action) => !(action in onBehalf) && !calls.includes(action));
    expect(unused).toEqual([]);
  });
});
