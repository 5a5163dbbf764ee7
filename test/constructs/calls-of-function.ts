import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { LedgerAct } from '../../lib/ledger.ts';

/** What the code of one function can ask of AWS, read off what is left of it when all that it never reaches is shaken off. */
export interface CallsOfFunction {
  /** `imagebuilder:GetImage`; those on the ledger are not among them. */
  readonly actions: readonly string[];
  readonly ledger: readonly LedgerAct[];
}

/** The prefix of each client's actions in policies. */
const prefixes: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  cloudwatch: 'cloudwatch',
  ec2: 'ec2',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  imagebuilder: 'imagebuilder',
  kms: 'kms',
  lambda: 'lambda',
  sfn: 'states',
  sns: 'sns',
  sqs: 'sqs',
  ssm: 'ssm',
};

/** What an operation needs by another name. */
const renamed: Readonly<Record<string, string>> = { 'lambda:Invoke': 'lambda:InvokeFunction' };

/** What the table's operations are for; those that write are for whatever their callers say. */
const tableOperations: Readonly<Record<string, LedgerAct | 'write'>> = {
  BatchGetItem: 'get',
  Query: 'query',
  PutItem: 'write',
  UpdateItem: 'write',
  DeleteItem: 'write',
  TransactWriteItems: 'write',
};
const writes = ['put', 'update', 'delete', 'check'] as const;

const lambdas = fileURLToPath(new URL('../../lambdas/', import.meta.url));
/** The one module that writes items; its callers say what: `{ put: key, … }`. */
const table = 'adapters/table.ts';

/** Bundles the function by itself, with the SDK left outside, so that every import of it shows. */
export async function callsOfFunction(name: string): Promise<CallsOfFunction> {
  const modules = await modulesOf(name);
  const imported = [...modules].flatMap(([, { code, imports }]) =>
    imports.flatMap(({ client, names }) =>
      names.flatMap((one) => {
        const used = new RegExp(`\\bnew ${one}\\(|\\b${one}\\(`).test(code);
        const operation = /^paginate(\w+)$/.exec(one)?.[1] ?? /^(\w+)Command$/.exec(one)?.[1];
        return used && operation !== undefined ? [{ client, operation }] : [];
      }),
    ),
  );
  const actions = imported
    .filter(({ client }) => client !== 'dynamodb')
    .map(({ client, operation }) => {
      const prefix = prefixes[client];
      if (prefix === undefined) throw new Error(`which actions has client ${client}?`);
      const action = `${prefix}:${operation}`;
      return renamed[action] ?? action;
    });
  const readActs = imported
    .filter(({ client }) => client === 'dynamodb')
    .map(({ operation }) => {
      const act = tableOperations[operation];
      if (act === undefined) throw new Error(`what is ${operation} of the table for?`);
      return act;
    })
    .filter((act) => act !== 'write');
  return { actions: sorted(actions), ledger: sorted([...readActs, ...writeActs(modules)]) };
}

const sorted = <Text extends string>(texts: readonly Text[]): readonly Text[] =>
  [...new Set(texts)].toSorted();

interface Module {
  /** What is left of it. */
  readonly code: string;
  /** By client, as its source says it. */
  readonly imports: readonly { readonly client: string; readonly names: readonly string[] }[];
}

/** Acts are objects of one of these members that functions and adapters hand to the table; the core makes none. */
function writeActs(modules: ReadonlyMap<string, Module>): readonly LedgerAct[] {
  const handing = [...modules].filter(([path]) => path !== table && !path.startsWith('core/'));
  const found = writes.filter((act) =>
    handing.some(([, { code }]) => new RegExp(`[{,(]\\s*${act}: `).test(code)),
  );
  // `count` adds to a number by itself.
  return modules.get(table)?.code.includes('ADD #f') ? [...found, 'update'] : found;
}

async function modulesOf(name: string): Promise<ReadonlyMap<string, Module>> {
  const sources = new Map<string, string>();
  const bundler = await rolldown({
    input: `${lambdas}${name}/handler.ts`,
    platform: 'node',
    external: [/^@aws-sdk\//],
    treeshake: true,
    tsconfig: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'sources of ours',
        transform: (code, id) => {
          if (id.startsWith(lambdas)) sources.set(id, code);
          return null;
        },
      },
    ],
  });
  try {
    const { output } = await bundler.generate({ format: 'esm', codeSplitting: false });
    return new Map(
      Object.entries(output[0].modules)
        .filter(([id]) => sources.has(id))
        .map(([id, { code }]) => [
          id.slice(lambdas.length),
          { code: code ?? '', imports: importsOf(sources.get(id) ?? '') },
        ]),
    );
  } finally {
    await bundler.close();
  }
}

const importsOf = (source: string): Module['imports'] =>
  [...source.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)].map(
    ([, names = '', client = '']) => ({
      client,
      names: names
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '' && !one.startsWith('type ')),
    }),
  );
