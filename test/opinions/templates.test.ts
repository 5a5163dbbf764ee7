import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { Annotations, App, CfnResource, Stack } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Finding,
  lint,
  nagOfApp,
  nagOfExample,
  outdated,
  unacknowledged,
} from './acknowledged.ts';
import { type Synthesized, synthesizeAll, synthesized } from './synthesized.ts';

let all: ReturnType<typeof synthesizeAll>;
beforeAll(() => {
  all = synthesizeAll();
});
afterAll(() => all.remove());

/** An app with one stack, which the mistake is planted into. */
function planted(name: string, plant: (stack: Stack) => void): Synthesized {
  const outdir = join(all.directory, name);
  const app = new App({ outdir, analyticsReporting: false });
  plant(new Stack(app, 'Planted'));
  return synthesized(name, app, outdir);
}

describe('the CDK itself', () => {
  it.each(['kiln', 'linked', 'web'] as const)('finds nothing in the templates of %s', (name) => {
    const { annotations, violations, templates } = all[name];
    expect([annotations, violations]).toEqual([[], []]);
    expect(templates.length).toBeGreaterThan(0);
  });

  it('is asked: a mistake in a template and a warning are found', () => {
    const { annotations, violations } = planted('mistake', (stack) => {
      const properties = { DelaySeconds: 'many' };
      new CfnResource(stack, 'Bad', { type: 'AWS::SQS::Queue', properties });
      Annotations.of(stack).addWarningV2('test:planted', 'planted');
    });
    expect(violations).toEqual([expect.stringContaining("'many' is not of type 'integer'")]);
    expect(annotations).toEqual([expect.stringContaining('planted')]);
  });
});

/** What the rules AwsSolutions of cdk-nag find in an app, by construct. */
function nagged({ app }: Pick<Synthesized, 'app'>): readonly Finding[] {
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map((resource) => ({
      rule: ruleName,
      on: 'constructPath' in resource ? String(resource.constructPath) : '',
    })),
  );
}

describe('cdk-nag, AwsSolutions', () => {
  it.each([
    ['kiln', nagOfApp],
    ['web', nagOfExample],
  ] as const)('finds nothing in %s but what is acknowledged', (name, table) => {
    const findings = nagged(all[name]);
    expect(unacknowledged(findings, table)).toEqual([]);
    expect(outdated(findings, table)).toEqual([]);
  });

  it('finds nothing more where people get links to answer by', () => {
    expect(unacknowledged(nagged(all.linked), nagOfApp)).toEqual([]);
  });

  it('is asked: a topic that takes messages in the clear is found', () => {
    const findings = nagged(planted('topic', (stack) => void new sns.Topic(stack, 'Topic')));
    expect(unacknowledged(findings, [...nagOfApp, ...nagOfExample])).toEqual([
      'AwsSolutions-SNS3 on Planted/Topic/Resource',
    ]);
  });
});

const version = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
const hasLint = version.status === 0;
if (!hasLint) {
  console.warn(
    'skipped: cfn-lint is not installed here, so its opinion of the templates is missing',
  );
}

interface LintFinding {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

describe.skipIf(!hasLint)('cfn-lint (skipped where it is not installed)', () => {
  const findings = new Map<string, readonly Finding[]>();
  beforeAll(() => {
    const plantedFile = join(all.directory, 'planted.template.json');
    const queue = { Type: 'AWS::SQS::Queue', Properties: { DelaySecond: 5 } };
    writeFileSync(plantedFile, JSON.stringify({ Resources: { Queue: queue } }));
    const apps = [all.kiln, all.linked, all.web];
    const files = [...apps.flatMap(({ templates }) => templates), plantedFile];
    // One process for all: it takes a second and more to begin. What it exits with says what it found.
    const { stdout, stderr, error } = spawnSync('cfn-lint', ['--format', 'json', ...files], {
      encoding: 'utf8',
      maxBuffer: 64 * 1_048_576,
    });
    if (error !== undefined) throw error;
    let said: readonly LintFinding[];
    try {
      said = JSON.parse(stdout);
    } catch (cause) {
      throw new Error(`cfn-lint did not answer with JSON: ${stderr}`, { cause });
    }
    for (const file of files) {
      const inFile = said.filter(({ Filename }) => basename(Filename) === basename(file));
      findings.set(
        basename(file),
        inFile.map(({ Rule, Location, Message }) => ({
          rule: Rule.Id,
          on: `${(Location.Path ?? []).join('/')}: ${Message}`,
        })),
      );
    }
  });

  it('finds nothing in the templates but named false positives', () => {
    const ours = [...findings].flatMap(([file, found]) =>
      file === 'planted.template.json'
        ? []
        : unacknowledged(found, lint).map((finding) => `${file}: ${finding}`),
    );
    expect(ours).toEqual([]);
  });

  it('is asked: a property that does not exist is found', () => {
    const found = unacknowledged(findings.get('planted.template.json') ?? [], lint);
    expect(found).toEqual([expect.stringContaining('DelaySecond')]);
  });
});

type Validator = (definition: object) => {
  readonly isValid: boolean;
  readonly errorsText: () => string;
};
/** Has no types of its own. */
const validate = createRequire(import.meta.url)('asl-validator') as Validator;

describe('asl-validator', () => {
  const definitions = () =>
    [...all.kiln.templates, ...all.linked.templates]
      .flatMap((file): Record<string, Record<string, never>>[] =>
        Object.values(JSON.parse(readFileSync(file, 'utf8')).Resources),
      )
      .filter(({ Type }) => String(Type) === 'AWS::StepFunctions::StateMachine')
      .map(({ Properties }) => JSON.parse(Properties!['DefinitionString']!) as object);

  it('finds nothing in any definition as it is deployed', () => {
    const found = definitions().map((definition) => {
      const { isValid, errorsText } = validate(definition);
      return isValid ? '' : errorsText();
    });
    expect(found).toEqual(['', '', '', '', '', '']);
  });

  it('is asked: a transition to no state is found', () => {
    const wrong = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } };
    expect(validate(wrong).isValid).toBe(false);
  });
});
