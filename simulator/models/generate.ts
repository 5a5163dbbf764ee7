/**
 * Makes `data/*.generated.json` from botocore's service models: `npx tsx simulator/models/generate.ts --models DIR`,
 * where DIR holds one `service-2.json` per service under the names of `modelFiles` (documentation strings do not matter).
 * Only what the simulator implements is kept, so run it again when a service learns an operation; a test says so.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeAccount } from '../account.ts';
import type { Service } from '../contract.ts';
import { schemaOf } from '../wire/clients.ts';
import type { Shape, StructShape } from '../wire/shape.ts';
import { makeWorld } from '../world.ts';
import { asAmendment, knownBetter } from './amendments.ts';
import { type Node, ServiceModel } from './botocore.ts';
import { nodeOf, operationOfClient } from './client-shapes.ts';
import { compact } from './compact.ts';
import type { Amendment, ModelData } from './shapes.ts';

const BOTOCORE = 'botocore 1.43.11';

const modelFiles: Readonly<Record<string, string>> = {
  'client-auto-scaling': 'autoscaling',
  'client-cloudwatch': 'cloudwatch',
  'client-dynamodb': 'dynamodb',
  'client-ec2': 'ec2',
  'client-elastic-load-balancing-v2': 'elbv2',
  'client-eventbridge': 'events',
  'client-imagebuilder': 'imagebuilder',
  'client-lambda': 'lambda',
  'client-scheduler': 'scheduler',
  'client-sfn': 'stepfunctions',
  'client-sns': 'sns',
  'client-ssm': 'ssm',
};

/** Every service of a simulated account with the operations it implements. */
export function implemented(): readonly { readonly client: string; readonly names: string[] }[] {
  const account = makeAccount({ world: makeWorld({ seed: 1, startMs: 0 }) });
  const services = Object.values(account).filter(
    (part): part is Service & typeof part =>
      typeof part === 'object' && part !== null && 'client' in part && 'operations' in part,
  );
  return services
    .map(({ client, operations }) => ({ client, names: Object.keys(operations).sort() }))
    .sort((one, other) => (one.client < other.client ? -1 : 1));
}

interface Found {
  readonly name: string;
  readonly input: Node;
  readonly output: Node;
  readonly fromClient: boolean;
}

function dataFor(client: string, names: readonly string[], models: string): ModelData {
  const file = modelFiles[client];
  const better = knownBetter.filter((known) => known.client === client);
  const model =
    file === undefined
      ? undefined
      : new ServiceModel(JSON.parse(readFileSync(join(models, `${file}.json`), 'utf8')), better);
  const found = names.map((name): Found => {
    const modelled = model?.operation(name);
    if (modelled !== undefined) return { name, ...modelled, fromClient: false };
    return { name, ...operationOfClient(client, name), fromClient: true };
  });
  const amended = found.flatMap((each) => (each.fromClient ? [] : amend(client, each)));
  const { shapes, numberOf } = compact(found.flatMap(({ input, output }) => [input, output]));
  const unused = better.filter((known) => model?.applied.has(known) !== true);
  if (unused.length > 0) throw new Error(`${client} never uses ${unused[0]?.shape}`);
  amended.push(...better.map(asAmendment));
  const fromClient = found.flatMap((each) => (each.fromClient ? each.name : []));
  return {
    origin: originOf(client, model, fromClient),
    client,
    operations: Object.fromEntries(
      found.map(({ name, input, output }) => [name, [numberOf(input), numberOf(output)]]),
    ),
    ...(fromClient.length > 0 && { fromClient }),
    ...(amended.length > 0 && { amendments: amended }),
    shapes,
  };
}

function originOf(
  client: string,
  model: ServiceModel | undefined,
  fromClient: readonly string[],
): string {
  const ofModel = model && `${BOTOCORE}, model of ${model.apiVersion}`;
  const ofClient = fromClient.length > 0 && `the schemas of @aws-sdk/${client}`;
  const sources = [ofModel, ofClient].filter(Boolean).join('; ');
  return `${sources} (both Apache License 2.0), compacted by simulator/models/generate.ts: do not edit`;
}

/** Members that only the newer SDK client knows. */
function amend(client: string, { name, input, output }: Found): readonly Amendment[] {
  const operation = schemaOf(client).operations.get(name);
  if (operation === undefined) throw new Error(`${client} has no operation ${name}`);
  const seen = new Set<Node>();
  return [
    ...addNewer(client, input, operation.input, seen),
    ...addNewer(client, output, operation.output, seen),
  ];
}

function addNewer(client: string, node: Node, shape: Shape, seen: Set<Node>): Amendment[] {
  if (seen.has(node)) return [];
  seen.add(node);
  if (node.t === 'list' && shape.kind === 'list')
    return addNewer(client, node.of(), shape.element.shape, seen);
  if (node.t === 'map' && shape.kind === 'map')
    return addNewer(client, node.of(), shape.value.shape, seen);
  if (node.t !== 'struct' || shape.kind !== 'struct') return [];
  const made: Amendment[] = [];
  for (const [name, part] of node.members) {
    const member = shape.byName.get(name);
    if (member === undefined) throw new Error(`${client} lacks ${node.name}.${name}`);
    made.push(...addNewer(client, part(), member.shape, seen));
  }
  const newer = shape.members.filter((member) => !node.members.has(member.name));
  for (const member of newer) {
    node.members.set(member.name, () => nodeOf(member.shape));
    const reason = `@aws-sdk/${client} knows it, the older model does not`;
    made.push({ shape: node.name, what: `has a member ${member.name}`, reason });
  }
  if (newer.length > 0) made.push(...relax(node, shape));
  return made;
}

/** A newer member may stand for one that the older model requires. */
function relax(node: Extract<Node, { t: 'struct' }>, shape: StructShape): Amendment[] {
  const required = new Set(shape.members.slice(0, shape.requiredCount).map(({ name }) => name));
  const relaxed = node.required.filter((name) => !required.has(name));
  node.required = node.required.filter((name) => required.has(name));
  const reason = 'the SDK client has other members that may stand for it, the older model does not';
  return relaxed.map((name) => ({ shape: node.name, what: `does not require ${name}`, reason }));
}

export function generate(models: string): ReadonlyMap<string, ModelData> {
  return new Map(
    implemented().map(({ client, names }) => [client, dataFor(client, names, models)]),
  );
}

/** One shape a line, so that a change can be reviewed. */
export function textOf({ shapes, ...head }: ModelData): string {
  const lines = Object.entries(head).map(([key, value]) => `"${key}":${JSON.stringify(value)},\n`);
  return `{${lines.join('')}"shapes":[\n${shapes.map((shape) => JSON.stringify(shape)).join(',\n')}\n]}\n`;
}

function main(): void {
  const { values } = parseArgs({ options: { models: { type: 'string' } } });
  if (values.models === undefined) throw new Error('--models DIR is needed: botocore models');
  for (const [client, data] of generate(values.models)) {
    const text = textOf(data);
    writeFileSync(new URL(`data/${client}.generated.json`, import.meta.url), text);
    console.log(`${client}: ${data.shapes.length} shapes, ${text.length} characters`);
  }
}

if (import.meta.filename === process.argv[1]) main();
