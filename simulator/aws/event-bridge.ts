import type {
  DeleteRuleCommandInput,
  DeleteRuleCommandOutput,
  DescribeRuleCommandInput,
  DescribeRuleCommandOutput,
  DisableRuleCommandInput,
  DisableRuleCommandOutput,
  EnableRuleCommandInput,
  EnableRuleCommandOutput,
  ListRulesCommandInput,
  ListRulesCommandOutput,
  ListTargetsByRuleCommandInput,
  ListTargetsByRuleCommandOutput,
  PutEventsCommandInput,
  PutEventsCommandOutput,
  PutEventsRequestEntry,
  PutRuleCommandInput,
  PutRuleCommandOutput,
  PutTargetsCommandInput,
  PutTargetsCommandOutput,
  RemoveTargetsCommandInput,
  RemoveTargetsCommandOutput,
} from '@aws-sdk/client-eventbridge';
import {
  AwsError,
  type CallContext,
  type EventSink,
  type Iam,
  type Json,
  type OutgoingEvent,
  type Permission,
  type Place,
  type Service,
  type World,
} from '../contract.ts';
import { Bus, checkBus, type Disturbance, type EventEnvelope } from './event-bridge-bus.ts';
import type { Targets } from './event-bridge-delivery.ts';
import { type RuleDefinition, Rules, type StoredRule } from './event-bridge-rules.ts';
import { operation, pageOf } from './fleet-operation.ts';

const ENTRIES_MAX = 10;
const ENTRIES_BYTES_MAX = 256 * 1024;
const PAGE = 100;

/**
 * Amazon EventBridge: the default bus. Other buses, archives, replays, API destinations and events from or to other
 * accounts and Regions are not simulated.
 */
export class EventBridge implements Service, EventSink {
  readonly client = 'client-eventbridge';
  readonly #place: Place;
  readonly #bus: Bus;
  readonly #rules: Rules;

  /** With `iam` a target's role that EventBridge may not assume is refused when it is put, as AWS does. */
  constructor({
    world,
    place,
    targets,
    iam,
  }: {
    readonly world: World;
    readonly place: Place;
    readonly targets: Targets;
    readonly iam?: Pick<Iam, 'sessionFor'>;
  }) {
    this.#place = place;
    this.#bus = new Bus({ world, place, targets, rules: () => this.#rules.all() });
    this.#rules = new Rules({
      world,
      place,
      supports: (arn) => targets.supports(arn),
      iam,
      due: (rule) => this.#bus.publishSchedule(rule),
    });
  }

  /** An event of an AWS service. */
  emit(event: OutgoingEvent): void {
    this.#bus.publish(this.#bus.envelope(event));
  }

  /** Asked once for every event that reaches the bus. */
  setDisturbance(disturb: (event: EventEnvelope) => Disturbance): void {
    this.#bus.setDisturbance(disturb);
  }

  /** A rule of a template, with its targets. @throws AwsError what PutRule and PutTargets would. */
  addRule(definition: RuleDefinition): StoredRule {
    return this.#rules.put(definition);
  }

  /** Takes a rule of a template away, with its targets. */
  removeRule(name: string): void {
    this.#rules.get(name).targets.clear();
    this.#rules.delete(name);
  }

  /** For tests and auditors. */
  rules(): readonly StoredRule[] {
    return this.#rules.all();
  }

  readonly operations = {
    PutEvents: operation<PutEventsCommandInput, PutEventsCommandOutput>({
      authorize: ({ Entries = [] }) => Entries.map((entry) => this.#putPermission(entry)),
      run: (input) => this.#putEvents(input),
    }),
    PutRule: operation<PutRuleCommandInput, PutRuleCommandOutput>({
      authorize: ({ Name }) => this.#onRule('PutRule', Name),
      run: (input, context) => {
        checkBus(input.EventBusName, this.#place);
        if (input.RoleArn !== undefined) context.require(passRole(input.RoleArn));
        const rule = this.#rules.put({
          name: input.Name ?? '',
          eventPattern: input.EventPattern,
          scheduleExpression: input.ScheduleExpression,
          state: input.State,
          description: input.Description,
          roleArn: input.RoleArn,
        });
        return { RuleArn: rule.arn };
      },
    }),
    PutTargets: operation<PutTargetsCommandInput, PutTargetsCommandOutput>({
      authorize: ({ Rule, Targets = [] }) =>
        this.#onRule('PutTargets', Rule, {
          'events:TargetArn': Targets.map(({ Arn }) => Arn ?? ''),
        }),
      run: ({ Rule, EventBusName, Targets = [] }, context) => {
        checkBus(EventBusName, this.#place);
        requirePassRoles(Targets, context);
        this.#rules.putTargets(Rule ?? '', Targets);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    }),
    DescribeRule: operation<DescribeRuleCommandInput, DescribeRuleCommandOutput>({
      authorize: ({ Name }) => this.#onRule('DescribeRule', Name),
      run: ({ Name, EventBusName }) => {
        checkBus(EventBusName, this.#place);
        return { ...show(this.#rules.get(Name)), CreatedBy: this.#place.accountId };
      },
    }),
    ListRules: operation<ListRulesCommandInput, ListRulesCommandOutput>({
      authorize: () => [{ action: 'events:ListRules', resource: this.#rules.arnOf('*') }],
      run: ({ NamePrefix = '', EventBusName, NextToken, Limit = PAGE }) => {
        checkBus(EventBusName, this.#place);
        const rules = this.#rules.all().filter(({ name }) => name.startsWith(NamePrefix));
        const sorted = [...rules].sort((a, b) => (a.name < b.name ? -1 : 1));
        const { page, nextToken } = pageOf(sorted, NextToken, Limit, badToken);
        return { Rules: page.map(show), ...(nextToken && { NextToken: nextToken }) };
      },
    }),
    ListTargetsByRule: operation<ListTargetsByRuleCommandInput, ListTargetsByRuleCommandOutput>({
      authorize: ({ Rule }) => this.#onRule('ListTargetsByRule', Rule),
      run: ({ Rule, EventBusName, NextToken, Limit = PAGE }) => {
        checkBus(EventBusName, this.#place);
        const targets = [...this.#rules.get(Rule).targets.values()];
        const { page, nextToken } = pageOf(targets, NextToken, Limit, badToken);
        return { Targets: page, ...(nextToken && { NextToken: nextToken }) };
      },
    }),
    EnableRule: operation<EnableRuleCommandInput, EnableRuleCommandOutput>({
      authorize: ({ Name }) => this.#onRule('EnableRule', Name),
      run: ({ Name, EventBusName }) => {
        checkBus(EventBusName, this.#place);
        this.#rules.get(Name).state = 'ENABLED';
        return {};
      },
    }),
    DisableRule: operation<DisableRuleCommandInput, DisableRuleCommandOutput>({
      authorize: ({ Name }) => this.#onRule('DisableRule', Name),
      run: ({ Name, EventBusName }) => {
        checkBus(EventBusName, this.#place);
        this.#rules.get(Name).state = 'DISABLED';
        return {};
      },
    }),
    RemoveTargets: operation<RemoveTargetsCommandInput, RemoveTargetsCommandOutput>({
      authorize: ({ Rule }) => this.#onRule('RemoveTargets', Rule),
      run: ({ Rule, EventBusName, Ids = [] }) => {
        checkBus(EventBusName, this.#place);
        const { targets } = this.#rules.get(Rule);
        const FailedEntries = Ids.filter((id) => !targets.delete(id)).map((TargetId) => ({
          TargetId,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Rule ${Rule} does not have a target ${TargetId}.`,
        }));
        return { FailedEntryCount: FailedEntries.length, FailedEntries };
      },
    }),
    DeleteRule: operation<DeleteRuleCommandInput, DeleteRuleCommandOutput>({
      authorize: ({ Name }) => this.#onRule('DeleteRule', Name),
      run: ({ Name, EventBusName }) => {
        checkBus(EventBusName, this.#place);
        this.#rules.delete(Name ?? '');
        return {};
      },
    }),
  };

  #onRule(
    action: string,
    name: string | undefined,
    context: Permission['context'] = {},
  ): Permission[] {
    return [{ action: `events:${action}`, resource: this.#rules.arnOf(name ?? ''), context }];
  }

  #putPermission({ EventBusName, Source, DetailType }: PutEventsRequestEntry): Permission {
    const { partition, region, accountId } = this.#place;
    const name = EventBusName ?? 'default';
    return {
      action: 'events:PutEvents',
      resource: name.startsWith('arn:')
        ? name
        : `arn:${partition}:events:${region}:${accountId}:event-bus/${name}`,
      context: {
        ...(Source && { 'events:source': Source }),
        ...(DetailType && { 'events:detail-type': DetailType }),
      },
    };
  }

  #putEvents({ Entries = [], EndpointId }: PutEventsCommandInput) {
    if (EndpointId !== undefined) throw invalid('Global endpoints are not simulated.');
    if (Entries.length < 1 || Entries.length > ENTRIES_MAX) {
      throw invalid(
        `1 validation error detected: Value '${Entries.length} entries' at 'entries' failed to satisfy constraint: Member must have length between 1 and ${ENTRIES_MAX}`,
      );
    }
    if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > ENTRIES_BYTES_MAX) {
      throw invalid('Total size of the entries in the request is over the limit.');
    }
    const results = Entries.map((entry) => this.#putEvent(entry));
    const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
    return { FailedEntryCount, Entries: results };
  }

  #putEvent(entry: PutEventsRequestEntry) {
    const { Source, DetailType, Detail, Resources = [], Time, EventBusName } = entry;
    for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
      if (value) continue;
      const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
      return { ErrorCode: 'InvalidArgument', ErrorMessage };
    }
    if (Source?.startsWith('aws.')) {
      return {
        ErrorCode: 'NotAuthorizedForSourceException',
        ErrorMessage: 'Not authorized for the source.',
      };
    }
    checkBus(EventBusName, this.#place);
    const detail = parseObject(Detail ?? '');
    if (detail === undefined) {
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    }
    const outgoing = { source: Source ?? '', detailType: DetailType ?? '', resources: Resources };
    const event = this.#bus.envelope({ ...outgoing, detail }, Time?.getTime());
    this.#bus.publish(event);
    return { EventId: event.id };
  }
}

function show(rule: StoredRule) {
  return {
    Name: rule.name,
    Arn: rule.arn,
    State: rule.state,
    EventBusName: 'default',
    ...(rule.patternText === undefined ? {} : { EventPattern: rule.patternText }),
    ...(rule.scheduleExpression === undefined
      ? {}
      : { ScheduleExpression: rule.scheduleExpression }),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    ...(rule.roleArn === undefined ? {} : { RoleArn: rule.roleArn }),
  };
}

function parseObject(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** 14 for a time, and the text of the rest (User Guide, "Calculating PutEvents event entry size"). */
function bytesOf({ Time, Source, DetailType, Detail, Resources = [] }: PutEventsRequestEntry) {
  const texts = [Source, DetailType, Detail, ...Resources].map((text) => text ?? '');
  return Buffer.byteLength(texts.join(''), 'utf8') + (Time === undefined ? 0 : 14);
}

function requirePassRoles(
  targets: NonNullable<PutTargetsCommandInput['Targets']>,
  context: CallContext,
): void {
  for (const { RoleArn } of targets) {
    if (RoleArn !== undefined) context.require(passRole(RoleArn));
  }
}

const passRole = (resource: string): Permission => ({
  action: 'iam:PassRole',
  resource,
  context: { 'iam:PassedToService': 'events.amazonaws.com' },
});

const invalid = (message: string) => new AwsError('ValidationException', message);
const badToken = () => invalid('The NextToken is not valid.');
