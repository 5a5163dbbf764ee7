import * as z from 'zod/mini';
import type { GroupObservation } from './observation.ts';

/** What a launch of this group would use right now: `DescribeAutoScalingGroups`, not what its instances run. */
export interface SavedTemplate {
  readonly id?: string | undefined;
  /** A number, or `$Latest` or `$Default`. A specification without a version means `$Default`. */
  readonly version: string;
  /** Overrides of a mixed instances policy that bring a launch template of their own. */
  readonly overridesWithTemplate: number;
  readonly overridesWithImage: number;
  /** Attribute-based instance selection (`InstanceRequirements`) in an override. */
  readonly overridesWithRequirements: number;
  /** With a `WeightedCapacity`: the group's sizes count units, not instances. */
  readonly overridesWithWeight: number;
}

const Specification = z.object({
  LaunchTemplateId: z.optional(z.string()),
  Version: z.optional(z.string()),
});
const MixedInstancesPolicy = z.object({
  LaunchTemplate: z.object({
    LaunchTemplateSpecification: Specification,
    Overrides: z.optional(
      z.array(
        z.object({
          LaunchTemplateSpecification: z.optional(z.unknown()),
          ImageId: z.optional(z.unknown()),
          InstanceRequirements: z.optional(z.unknown()),
          WeightedCapacity: z.optional(z.unknown()),
        }),
      ),
    ),
  }),
});

/** `$Latest` or `$Default`: what the group launches changes without anybody touching the group. */
export const isUnpinned = (version: string): boolean => !/^\d+$/.test(version);

/** The group's saved launch template, plain or within a mixed instances policy; undefined where there is none to read. */
export function savedTemplate(group: GroupObservation): SavedTemplate | undefined {
  if (group.mixedInstancesPolicy !== undefined) return fromPolicy(group.mixedInstancesPolicy);
  if (group.launchTemplate === undefined) return undefined;
  const { id, version } = group.launchTemplate;
  return {
    id,
    version,
    overridesWithTemplate: 0,
    overridesWithImage: 0,
    overridesWithRequirements: 0,
    overridesWithWeight: 0,
  };
}

function fromPolicy(text: string): SavedTemplate | undefined {
  const parsed = MixedInstancesPolicy.safeParse(jsonOrUndefined(text));
  if (!parsed.success) return undefined;
  const { LaunchTemplateSpecification: specification, Overrides: overrides = [] } =
    parsed.data.LaunchTemplate;
  const having = (key: keyof (typeof overrides)[number]) =>
    overrides.filter((override) => override[key] !== undefined && override[key] !== null).length;
  return {
    id: specification.LaunchTemplateId,
    version: specification.Version ?? '$Default',
    overridesWithTemplate: having('LaunchTemplateSpecification'),
    overridesWithImage: having('ImageId'),
    overridesWithRequirements: having('InstanceRequirements'),
    overridesWithWeight: having('WeightedCapacity'),
  };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
