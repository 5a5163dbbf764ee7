import type {
  CreateScheduleCommandInput,
  CreateScheduleCommandOutput,
  DeleteScheduleCommandInput,
  DeleteScheduleCommandOutput,
  GetScheduleCommandInput,
  GetScheduleCommandOutput,
  ListSchedulesCommandInput,
  ListSchedulesCommandOutput,
  UpdateScheduleCommandInput,
  UpdateScheduleCommandOutput,
} from '@aws-sdk/client-scheduler';
import {
  AwsError,
  type CallContext,
  type Iam,
  type Permission,
  type Place,
  type Service,
  type World,
} from '../contract.ts';
import type { Targets } from './event-bridge-delivery.ts';
import { operation, pageOf } from './fleet-operation.ts';
import { RunningSchedule, type ScheduleDefinition } from './scheduler-schedule.ts';

const PAGE = 100;
const TOKEN_MS = 8 * 3_600_000;
const DEFAULT_GROUP = 'default';

interface SchedulerOptions {
  readonly world: World;
  readonly place: Place;
  readonly targets: Targets;
  /** With it a role that the scheduler may not assume is refused when the schedule is made, as AWS does. */
  readonly iam?: Pick<Iam, 'sessionFor'>;
}

/** Amazon EventBridge Scheduler. Schedule groups exist, their operations and tags are not simulated. */
export class Scheduler implements Service {
  readonly client = 'client-scheduler';
  readonly #options: SchedulerOptions;
  readonly #groups = new Set([DEFAULT_GROUP]);
  /** By `group/name`. */
  readonly #schedules = new Map<string, RunningSchedule>();
  readonly #tokens = new Map<string, { readonly arn: string; readonly untilMs: number }>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  addGroup(name: string): void {
    this.#groups.add(name);
  }

  /** A schedule of a template. @throws AwsError what CreateSchedule would. */
  addSchedule(definition: ScheduleDefinition): { readonly arn: string } {
    const key = keyOf(definition.GroupName, definition.Name);
    if (this.#schedules.has(key)) {
      throw new AwsError('ConflictException', `Schedule ${definition.Name} already exists.`, 409);
    }
    return { arn: this.#put(key, definition).arn };
  }

  /** A changed schedule of a template. @throws AwsError what UpdateSchedule would. */
  updateSchedule(definition: ScheduleDefinition): { readonly arn: string } {
    const key = keyOf(definition.GroupName, definition.Name);
    const old = this.#get(definition.GroupName, definition.Name);
    const made = this.#put(key, definition);
    old.stop();
    return { arn: made.arn };
  }

  /** @throws ResourceNotFoundException */
  removeSchedule(name: string, group = DEFAULT_GROUP): void {
    this.#get(group, name).stop();
    this.#schedules.delete(keyOf(group, name));
  }

  readonly operations = {
    CreateSchedule: operation<CreateScheduleCommandInput, CreateScheduleCommandOutput>({
      authorize: ({ GroupName, Name }) => this.#permission('CreateSchedule', GroupName, Name),
      run: (input, context) => {
        requirePassRole(input.Target, context);
        const token = input.ClientToken;
        const known = token === undefined ? undefined : this.#tokens.get(token);
        if (known !== undefined && known.untilMs >= context.nowMs)
          return { ScheduleArn: known.arn };
        const { arn } = this.addSchedule({ ...input, Name: input.Name ?? '' });
        if (token !== undefined)
          this.#tokens.set(token, { arn, untilMs: context.nowMs + TOKEN_MS });
        return { ScheduleArn: arn };
      },
    }),
    UpdateSchedule: operation<UpdateScheduleCommandInput, UpdateScheduleCommandOutput>({
      authorize: ({ GroupName, Name }) => this.#permission('UpdateSchedule', GroupName, Name),
      run: (input, context) => {
        requirePassRole(input.Target, context);
        return { ScheduleArn: this.updateSchedule({ ...input, Name: input.Name ?? '' }).arn };
      },
    }),
    GetSchedule: operation<GetScheduleCommandInput, GetScheduleCommandOutput>({
      authorize: ({ GroupName, Name }) => this.#permission('GetSchedule', GroupName, Name),
      run: ({ GroupName, Name }) => {
        const { arn, definition, createdAtMs } = this.#get(GroupName, Name);
        const { ClientToken: _, ...shown } = definition as CreateScheduleCommandInput;
        const at = new Date(createdAtMs);
        return {
          ...shown,
          Arn: arn,
          GroupName: definition.GroupName ?? DEFAULT_GROUP,
          State: definition.State ?? 'ENABLED',
          CreationDate: at,
          LastModificationDate: at,
        };
      },
    }),
    ListSchedules: operation<ListSchedulesCommandInput, ListSchedulesCommandOutput>({
      authorize: () => [{ action: 'scheduler:ListSchedules', resource: '*' }],
      run: ({ GroupName, NamePrefix = '', State, NextToken, MaxResults = PAGE }) => {
        const found = [...this.#schedules.values()].filter(({ definition }) => {
          const state = definition.State ?? 'ENABLED';
          const group = definition.GroupName ?? DEFAULT_GROUP;
          return (
            definition.Name.startsWith(NamePrefix) &&
            (GroupName === undefined || GroupName === group) &&
            (State === undefined || State === state)
          );
        });
        const invalid = () => new AwsError('ValidationException', 'The NextToken is not valid.');
        const { page, nextToken } = pageOf(found, NextToken, MaxResults, invalid);
        return {
          Schedules: page.map(({ arn, definition }) => ({
            Arn: arn,
            Name: definition.Name,
            GroupName: definition.GroupName ?? DEFAULT_GROUP,
            State: definition.State ?? 'ENABLED',
            Target: { Arn: definition.Target?.Arn },
          })),
          ...(nextToken && { NextToken: nextToken }),
        };
      },
    }),
    DeleteSchedule: operation<DeleteScheduleCommandInput, DeleteScheduleCommandOutput>({
      authorize: ({ GroupName, Name }) => this.#permission('DeleteSchedule', GroupName, Name),
      run: ({ GroupName, Name }) => {
        this.removeSchedule(Name ?? '', GroupName);
        return {};
      },
    }),
  };

  #put(key: string, definition: ScheduleDefinition): RunningSchedule {
    const { world, place, targets, iam } = this.#options;
    const group = definition.GroupName ?? DEFAULT_GROUP;
    if (!this.#groups.has(group)) throw notFound(`Schedule group ${group} does not exist.`);
    const roleArn = definition.Target?.RoleArn;
    if (roleArn === undefined) throw invalid('RoleArn must be specified.');
    try {
      iam?.sessionFor(roleArn, 'scheduler.amazonaws.com', definition.Name);
    } catch {
      throw invalid(
        'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
      );
    }
    const schedule = new RunningSchedule(definition, {
      world,
      place,
      targets,
      arn: this.#arnOf(group, definition.Name),
      completed: () => {
        if (definition.ActionAfterCompletion === 'DELETE') this.#schedules.delete(key);
      },
    });
    this.#schedules.set(key, schedule);
    return schedule;
  }

  #get(group: string | undefined, name: string | undefined): RunningSchedule {
    const schedule = this.#schedules.get(keyOf(group, name));
    if (schedule === undefined) throw notFound(`Schedule ${name} does not exist.`);
    return schedule;
  }

  #permission(action: string, group: string | undefined, name: string | undefined): Permission[] {
    const resource = this.#arnOf(group ?? DEFAULT_GROUP, name ?? '');
    return [{ action: `scheduler:${action}`, resource }];
  }

  #arnOf(group: string, name: string): string {
    const { partition, region, accountId } = this.#options.place;
    return `arn:${partition}:scheduler:${region}:${accountId}:schedule/${group}/${name}`;
  }
}

function requirePassRole(target: CreateScheduleCommandInput['Target'], context: CallContext): void {
  if (target?.RoleArn === undefined) return;
  context.require({
    action: 'iam:PassRole',
    resource: target.RoleArn,
    context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
  });
}

const keyOf = (group: string | undefined, name: string | undefined) =>
  `${group ?? DEFAULT_GROUP}/${name ?? ''}`;
const invalid = (message: string) => new AwsError('ValidationException', message);
const notFound = (message: string) => new AwsError('ResourceNotFoundException', message, 404);
