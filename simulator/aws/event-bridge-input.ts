import type { Target } from '@aws-sdk/client-eventbridge';
import { AwsError, type Json } from '../contract.ts';

/**
 * What a rule hands to its target: the event, a part of it, a constant, or a template that is filled in.
 * @see Amazon EventBridge User Guide, "Amazon EventBridge input transformation".
 */

type Transforming = Pick<Target, 'Input' | 'InputPath' | 'InputTransformer'>;

interface Names {
  readonly ruleName: string;
  readonly ruleArn: string;
}

const PATHS_MAX = 100;
const TEMPLATE_LENGTH_MAX = 8_192;
const RESERVED = /^aws\./i;

/** @throws ValidationException for what AWS refuses when the target is put. */
export function checkInput({ Input, InputPath, InputTransformer }: Transforming): void {
  const given = [Input, InputPath, InputTransformer].filter((each) => each !== undefined);
  if (given.length > 1) {
    throw invalid('Only one of Input, InputPath, or InputTransformer must be provided.');
  }
  if (Input !== undefined) {
    try {
      JSON.parse(Input);
    } catch {
      throw invalid('JSON syntax error in input.');
    }
  }
  if (InputPath !== undefined) readPath(InputPath);
  if (InputTransformer === undefined) return;
  const { InputPathsMap = {}, InputTemplate = '' } = InputTransformer;
  const names = Object.keys(InputPathsMap);
  if (names.length > PATHS_MAX) throw invalid(`InputPathsMap has more than ${PATHS_MAX} entries.`);
  for (const [name, path] of Object.entries(InputPathsMap)) {
    if (RESERVED.test(name)) throw invalid(`InputPathsMap must not have keys that begin with AWS.`);
    readPath(path);
  }
  if (InputTemplate === '' || InputTemplate.length > TEMPLATE_LENGTH_MAX) {
    throw invalid(`InputTemplate must have 1 to ${TEMPLATE_LENGTH_MAX} characters.`);
  }
  for (const [, name = ''] of InputTemplate.matchAll(/<([^<>\s"]+)>/g)) {
    if (RESERVED.test(name) || names.includes(name)) continue;
    throw invalid(
      `Invalid InputTemplate for target : [Placeholder ${name} is not defined in InputPathsMap.].`,
    );
  }
}

/** The text that the target gets. */
export function inputFor(
  target: Transforming,
  event: Json,
  names: Names,
  ingestedAt: string,
): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(at(event, target.InputPath) ?? null);
  const transformer = target.InputTransformer;
  if (transformer === undefined) return JSON.stringify(event);
  return fill(transformer.InputTemplate ?? '', (name) => {
    switch (name) {
      case 'aws.events.rule-arn':
        return names.ruleArn;
      case 'aws.events.rule-name':
        return names.ruleName;
      case 'aws.events.event.ingestion-time':
        return ingestedAt;
      case 'aws.events.event':
      case 'aws.events.event.json':
        return event;
      default:
        return at(event, transformer.InputPathsMap?.[name] ?? '');
    }
  });
}

/**
 * Within quotes a value is text; elsewhere it is JSON, so that text gets its quotes there. A path that leads nowhere
 * leaves nothing behind ("that variable isn't created and won't appear in the output"), which may break the JSON.
 */
function fill(template: string, lookUp: (name: string) => Json | undefined): string {
  let quoted = false;
  return template.replace(/\\.|"|<([^<>\s"]+)>/gs, (found: string, name: string | undefined) => {
    if (found === '"') quoted = !quoted;
    if (name === undefined) return found;
    const value = lookUp(name);
    if (value === undefined) return '';
    if (!quoted) return JSON.stringify(value);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
}

/** Dot notation only: `$`, `$.detail.state`, `$.resources[0]`, `$.detail['build-status']`. */
function readPath(path: string): readonly (string | number)[] {
  if (!/^\$(?:\.[^.[\]]+|\[\d+\]|\['[^']+'\])*$/.test(path)) {
    throw invalid(`Invalid path ${path}: only dot notation from $ is supported.`);
  }
  const steps = path.slice(1).matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']+)'\]/g);
  return [...steps].map(([, name, index, quoted]) => name ?? quoted ?? Number(index));
}

function at(event: Json, path: string): Json | undefined {
  let value: Json | undefined = event;
  for (const step of readPath(path)) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) value = typeof step === 'number' ? value[step] : undefined;
    else value = Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

const invalid = (message: string) => new AwsError('ValidationException', message);
