import { createHash } from 'node:crypto';
import type { Json, Place } from '../contract.ts';
import type { ParameterDeclaration, StackInput } from './assembly.ts';
import { holds, type Scope } from './intrinsics.ts';
import type { Made } from './resource-kind.ts';

/** What a stack's templates can look up outside of themselves. */
export interface Surroundings {
  readonly place: Place;
  /** The value of an SSM parameter now. */
  parameterValue(name: string): string | undefined;
  exported(name: string): Json | undefined;
}

/** The stack's id, the same in every run. */
export function stackId(place: Place, stack: string): string {
  const hex = createHash('sha256')
    .update(`${place.accountId}/${place.region}/${stack}`)
    .digest('hex');
  const uuid = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
  return `arn:${place.partition}:cloudformation:${place.region}:${place.accountId}:stack/${stack}/${uuid}`;
}

/** Looks names up in one stack. `made` fills as resources come into being. */
export class StackScope implements Scope {
  private readonly input: StackInput;
  private readonly surroundings: Surroundings;
  private readonly made: ReadonlyMap<string, Made>;
  private readonly overrides: Readonly<Record<string, Json>>;

  constructor(parts: {
    input: StackInput;
    surroundings: Surroundings;
    made: ReadonlyMap<string, Made>;
    overrides: Readonly<Record<string, Json>>;
  }) {
    this.input = parts.input;
    this.surroundings = parts.surroundings;
    this.made = parts.made;
    this.overrides = parts.overrides;
  }

  ref(name: string): Json | undefined {
    if (name === 'AWS::NoValue') {
      return undefined;
    }
    const parameter = this.input.template.Parameters?.[name];
    if (parameter !== undefined) {
      return this.parameter(name, parameter);
    }
    return this.pseudo(name) ?? this.resource(name).ref;
  }

  attribute(logicalId: string, attribute: string): Json {
    const value = this.resource(logicalId).attributes?.[attribute];
    if (value === undefined) {
      const type = this.input.template.Resources[logicalId]?.Type;
      throw new Error(
        `unsupported attribute ${attribute} of ${type} at ${this.input.name}/${logicalId}`,
      );
    }
    return value;
  }

  condition(name: string): boolean {
    const expression = this.input.template.Conditions?.[name];
    if (expression === undefined) {
      throw new Error(`condition ${name} does not exist`);
    }
    return holds(expression, this);
  }

  mapping(map: string, key: string, second: string): Json {
    const value = this.input.template.Mappings?.[map]?.[key]?.[second];
    if (value === undefined) {
      throw new Error(`mapping ${map} has no ${key}, ${second}`);
    }
    return value;
  }

  imported(name: string): Json {
    const value = this.surroundings.exported(name);
    if (value === undefined) {
      throw new Error(`no export named ${name} found`);
    }
    return value;
  }

  zones(region: string): readonly string[] {
    return ['a', 'b', 'c'].map(
      (letter) => `${region === '' ? this.surroundings.place.region : region}${letter}`,
    );
  }

  dynamic(reference: string): string {
    const [service, name] = reference.split(':');
    if (service !== 'ssm' || name === undefined) {
      throw new Error(`unsupported dynamic reference {{resolve:${reference}}}`);
    }
    return this.parameterStore(name);
  }

  private parameter(name: string, declaration: ParameterDeclaration): Json {
    const given = this.overrides[name] ?? declaration.Default;
    if (given === undefined) {
      throw new Error(`parameter ${name} must have a value`);
    }
    if (declaration.AllowedValues !== undefined && !declaration.AllowedValues.includes(given)) {
      throw new Error(
        `parameter ${name} must be one of ${declaration.AllowedValues.join(', ')}, got ${String(given)}`,
      );
    }
    const stored = declaration.Type.startsWith('AWS::SSM::Parameter::Value<');
    const value = stored ? this.parameterStore(String(given)) : given;
    const isList = declaration.Type.includes('List<') || declaration.Type === 'CommaDelimitedList';
    return isList ? String(value).split(',') : value;
  }

  private parameterStore(name: string): string {
    const value = this.surroundings.parameterValue(name);
    if (value === undefined) {
      throw new Error(`SSM parameter ${name} does not exist`);
    }
    return value;
  }

  private pseudo(name: string): Json | undefined {
    const { place } = this.surroundings;
    switch (name) {
      case 'AWS::AccountId':
        return place.accountId;
      case 'AWS::Region':
        return place.region;
      case 'AWS::Partition':
        return place.partition;
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return this.input.name;
      case 'AWS::StackId':
        return stackId(place, this.input.name);
      case 'AWS::NotificationARNs':
        return [];
      default:
        return undefined;
    }
  }

  private resource(logicalId: string): Made {
    const made = this.made.get(logicalId);
    if (made === undefined) {
      throw new Error(`no resource ${logicalId} in stack ${this.input.name}`);
    }
    return made;
  }
}
