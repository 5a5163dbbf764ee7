import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Json } from '../contract.ts';

const json = z.custom<Json>();
const object = z.record(z.string(), json);

const Resource = z.object({
  Type: z.string(),
  Properties: object.optional(),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  Condition: z.string().optional(),
  Metadata: object.optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  CreationPolicy: json.optional(),
  UpdatePolicy: json.optional(),
});
export type ResourceDeclaration = Readonly<z.infer<typeof Resource>>;

const Parameter = z.object({
  Type: z.string(),
  Default: json.optional(),
  AllowedValues: z.array(json).optional(),
  Description: z.string().optional(),
});
export type ParameterDeclaration = Readonly<z.infer<typeof Parameter>>;

const Output = z.object({
  Value: json,
  Condition: z.string().optional(),
  Export: z.object({ Name: json }).optional(),
});

/** Unknown sections (`Transform`, `Hooks`) change what a template means: they are refused. */
export const Template = z.strictObject({
  AWSTemplateFormatVersion: z.string().optional(),
  Description: z.string().optional(),
  Metadata: object.optional(),
  Parameters: z.record(z.string(), Parameter).optional(),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), json))).optional(),
  Conditions: object.optional(),
  Rules: object.optional(),
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), Output).optional(),
});
export type Template = z.infer<typeof Template>;

/** A stack that is to be deployed: its template, what it waits for, and where its assets lie. */
export interface StackInput {
  readonly name: string;
  readonly template: Template;
  /** Names of stacks that come first. */
  readonly dependsOn: readonly string[];
  /** Absolute path of a file asset (a folder or a file) by its object key in the assets bucket. */
  readonly assets: ReadonlyMap<string, string>;
  readonly tags: Readonly<Record<string, string>>;
}

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: object.optional(),
      dependencies: z.array(z.string()).optional(),
    }),
  ),
});
const StackProperties = z.object({
  templateFile: z.string(),
  stackName: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
});
const Assets = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional(), packaging: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

/**
 * Reads the cloud assembly that `cdk synth` wrote: every stack of the manifest, nested assemblies (stages) included.
 * @throws Error when the folder holds no assembly or a file is not what it should be
 * @see aws-cdk-lib, `cloud-assembly-schema`
 */
export function readAssembly(directory: string): readonly StackInput[] {
  const manifest = Manifest.parse(readJson(path.join(directory, 'manifest.json')));
  const stacks: StackInput[] = [];
  for (const [id, artifact] of Object.entries(manifest.artifacts)) {
    if (artifact.type === 'cdk:cloud-assembly') {
      const nested = z.object({ directoryName: z.string() }).parse(artifact.properties);
      stacks.push(...readAssembly(path.join(directory, nested.directoryName)));
    }
    if (artifact.type === 'aws:cloudformation:stack') {
      stacks.push(
        readStack(directory, id, artifact.properties, stackNames(manifest, artifact.dependencies)),
      );
    }
  }
  return stacks;
}

function readStack(
  directory: string,
  id: string,
  properties: unknown,
  dependsOn: readonly string[],
): StackInput {
  const { templateFile, stackName, tags } = StackProperties.parse(properties);
  const name = stackName ?? id;
  const assetsFile = path.join(directory, `${id}.assets.json`);
  return {
    name,
    template: parseTemplate(name, readJson(path.join(directory, templateFile))),
    dependsOn,
    assets: existsSync(assetsFile) ? readAssets(directory, assetsFile) : new Map(),
    tags: tags ?? {},
  };
}

/** @throws Error that names the stack and what is not understood */
export function parseTemplate(stack: string, template: unknown): Template {
  const parsed = Template.safeParse(template);
  if (!parsed.success) {
    throw new Error(`template of ${stack}: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function readAssets(directory: string, file: string): ReadonlyMap<string, string> {
  const { files } = Assets.parse(readJson(file));
  const assets = new Map<string, string>();
  for (const { source, destinations } of Object.values(files)) {
    for (const { objectKey } of Object.values(destinations)) {
      assets.set(objectKey, path.resolve(directory, source.path ?? ''));
    }
  }
  return assets;
}

/** The names of the stacks among an artifact's dependencies; the others are assets. */
function stackNames(
  manifest: z.infer<typeof Manifest>,
  dependencies: readonly string[] = [],
): readonly string[] {
  return dependencies.flatMap((id) => {
    const artifact = manifest.artifacts[id];
    if (artifact?.type !== 'aws:cloudformation:stack') {
      return [];
    }
    return [StackProperties.parse(artifact.properties).stackName ?? id];
  });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
