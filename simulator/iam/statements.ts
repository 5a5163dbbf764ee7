import type { Caller, Permission, Place, PolicyDocument, PolicyStatement } from '../contract.ts';
import { type Condition, type Context, compileConditions } from './conditions.ts';
import { globPattern, type Lookup, type Pattern } from './patterns.ts';
import { compilePrincipal, type PrincipalMatch } from './principals.ts';

/** `identity`: of a role. `resource`: of a topic, queue or function. `trust`: who may become a role. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

/** A statement made ready to be asked often. */
export interface Statement {
  /** How messages name it: `statement 1 (ReadTable)`. */
  readonly title: string;
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** As they are written; a `NotAction` or `NotResource` is one text. None of a trust policy's resources. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** The values of `aws:SourceArn` in its conditions, see `sessionFor`. */
  readonly sourceArns: readonly string[];
  /** Who is meant; always `named` in an identity policy. */
  principal(caller: Caller, place: Place): PrincipalMatch;
  covers(request: Request): boolean;
  /** Which of its actions and resources, by index, fit a request that it covers. */
  fitting(request: Request): Fitting;
}

export interface Fitting {
  readonly actions: readonly number[];
  readonly resources: readonly number[];
}

/** A permission with the values of all its condition keys. */
export interface Request {
  /** In lower case, as actions have no case. */
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
  readonly lookup: Lookup;
}

export function requestOf(permission: Permission, context: Context): Request {
  return {
    action: permission.action.toLowerCase(),
    resource: permission.resource,
    context,
    lookup: (key) => {
      const values = context.get(key);
      return values?.length === 1 ? values[0] : undefined;
    },
  };
}

const versions = ['2012-10-17', '2008-10-17'];
const documentKeys = ['Version', 'Id', 'Statement'];
const statementKeys = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** @throws Error naming policy, statement and fault of a malformed document, as IAM refuses it when it is attached. */
export function compilePolicy(
  title: string,
  document: PolicyDocument,
  kind: PolicyKind,
  arnOfRole: (name: string) => string,
): readonly Statement[] {
  const version = document.Version ?? '2008-10-17';
  if (!versions.includes(version)) throw malformed(title, `unknown Version ${version}`);
  const unknown = Object.keys(document).find((key) => !documentKeys.includes(key));
  if (unknown !== undefined) throw malformed(title, `unknown element ${unknown}`);
  if (typeof document.Statement !== 'object' || document.Statement === null) {
    throw malformed(title, 'no Statement');
  }
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return statements.map((statement: PolicyStatement, index) =>
    compileStatement(title, statement, index, kind, version === '2012-10-17', arnOfRole),
  );
}

export function compileStatement(
  policyTitle: string,
  statement: PolicyStatement,
  index: number,
  kind: PolicyKind,
  variables: boolean,
  arnOfRole: (name: string) => string,
): Statement {
  const title = `statement ${index}${statement.Sid ? ` (${statement.Sid})` : ''}`;
  try {
    checkShape(statement, kind);
    const action = patternList(statement.Action, statement.NotAction, actionPattern);
    const resource =
      kind === 'trust'
        ? anyResource
        : patternList(statement.Resource, statement.NotResource, (each) =>
            globPattern(each, 'resource', variables),
          );
    const conditions: readonly Condition[] = compileConditions(
      statement.Condition ?? {},
      variables,
    );
    return {
      title,
      index,
      sid: statement.Sid,
      effect: statement.Effect,
      actions: action.texts,
      resources: resource.texts,
      sourceArns: sourceArnsOf(statement),
      principal: principalOf(statement, arnOfRole),
      covers: (request) =>
        action.covers(request.action, request.lookup) &&
        resource.covers(request.resource, request.lookup) &&
        conditions.every((each) => each(request.context, request.lookup)),
      fitting: (request) => ({
        actions: action.fitting(request.action, request.lookup),
        resources: resource.fitting(request.resource, request.lookup),
      }),
    };
  } catch (error) {
    throw malformed(
      `${policyTitle}, ${title}`,
      error instanceof Error ? error.message : String(error),
    );
  }
}

const malformed = (where: string, fault: string): Error =>
  Object.assign(new Error(`malformed policy ${where}: ${fault}`), {
    name: 'MalformedPolicyDocument',
  });

function checkShape(statement: PolicyStatement, kind: PolicyKind): void {
  for (const key of Object.keys(statement)) {
    if (!statementKeys.has(key)) throw new Error(`unknown element ${key}`);
  }
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new Error(`Effect must be Allow or Deny, got ${JSON.stringify(effect)}`);
  }
  exactlyOne(statement, 'Action', 'NotAction');
  if (kind === 'trust') none(statement, ['Resource', 'NotResource']);
  else exactlyOne(statement, 'Resource', 'NotResource');
  if (kind === 'identity') none(statement, ['Principal', 'NotPrincipal']);
  else exactlyOne(statement, 'Principal', 'NotPrincipal');
}

function exactlyOne(
  statement: PolicyStatement,
  one: keyof PolicyStatement,
  other: keyof PolicyStatement,
): void {
  if ((statement[one] === undefined) === (statement[other] === undefined)) {
    throw new Error(`needs exactly one of ${one} and ${other}`);
  }
}

function none(statement: PolicyStatement, keys: readonly (keyof PolicyStatement)[]): void {
  const found = keys.find((key) => statement[key] !== undefined);
  if (found !== undefined) throw new Error(`${found} is not allowed here`);
}

/** The texts of an Action or Resource element, or of its negation. */
interface PatternList {
  readonly texts: readonly string[];
  covers(value: string, lookup: Lookup): boolean;
  fitting(value: string, lookup: Lookup): readonly number[];
}

const anyResource: PatternList = { texts: [], covers: () => true, fitting: () => [] };

function patternList(
  wanted: string | readonly string[] | undefined,
  unwanted: string | readonly string[] | undefined,
  patternOf: (text: string) => Pattern,
): PatternList {
  const texts = wanted ?? unwanted ?? [];
  const list: readonly unknown[] = typeof texts === 'string' ? [texts] : texts;
  if (!Array.isArray(list) || list.length === 0) throw new Error('an empty or malformed list');
  const written = list.map((each) => {
    if (typeof each !== 'string') throw new Error(`${JSON.stringify(each)} is no text`);
    return each;
  });
  const patterns = written.map(patternOf);
  const some = (value: string, lookup: Lookup): boolean =>
    patterns.some((each) => each.matches(value, lookup));
  if (wanted === undefined) {
    return {
      texts: [`all but ${written.join(', ')}`],
      covers: (value, lookup) => !some(value, lookup),
      fitting: () => [0],
    };
  }
  return {
    texts: written,
    covers: some,
    fitting: (value, lookup) =>
      patterns.flatMap((each, index) => (each.matches(value, lookup) ? [index] : [])),
  };
}

function actionPattern(text: string): Pattern {
  if (text !== '*' && !/^[\w-]+:[\w*?]+$/.test(text)) throw new Error(`"${text}" is no action`);
  return globPattern(text.toLowerCase(), 'text', false);
}

function principalOf(
  statement: PolicyStatement,
  arnOfRole: (name: string) => string,
): Statement['principal'] {
  if (statement.Principal !== undefined) return compilePrincipal(statement.Principal, arnOfRole);
  if (statement.NotPrincipal === undefined) return () => 'named';
  const excepted = compilePrincipal(statement.NotPrincipal, arnOfRole);
  return (caller, place) => (excepted(caller, place) === 'none' ? 'named' : 'none');
}

function sourceArnsOf(statement: PolicyStatement): readonly string[] {
  return Object.values(statement.Condition ?? {}).flatMap((keys) =>
    Object.entries(keys)
      .filter(([key]) => key.toLowerCase() === 'aws:sourcearn')
      .flatMap(([, values]) => values)
      .filter((each) => typeof each === 'string'),
  );
}
