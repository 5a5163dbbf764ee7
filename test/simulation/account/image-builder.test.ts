import { describe, expect, it } from 'vitest';
import { healthyImage, ImageBuilder } from '../../../simulator/aws/image-builder.ts';
import type { BakeOutcome } from '../../../simulator/aws/image-builder-records.ts';
import type { OutgoingEvent, Readings } from '../../../simulator/contract.ts';
import { defaultReadings } from '../../../simulator/readings.ts';
import { makeWorld } from '../../../simulator/world.ts';

const place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };
const startMs = Date.UTC(2026, 10, 23, 9);

function aBuilder(
  options: {
    readings?: Partial<Readings>;
    outcome?: Partial<BakeOutcome>;
    scan?: boolean;
    parent?: string;
  } = {},
) {
  const world = makeWorld({ seed: 7, startMs });
  const events: (OutgoingEvent & { seconds: number })[] = [];
  const registered: string[] = [];
  const parameters = new Map([['/base/image', 'ami-base1']]);
  const builder = new ImageBuilder({
    world,
    place,
    readings: { ...defaultReadings, ...options.readings },
    events: {
      emit: (event) => events.push({ ...event, seconds: (world.nowMs() - startMs) / 1000 }),
    },
    ec2: { registerImage: ({ imageId }) => registered.push(imageId) },
    ssm: { valueOf: (name) => parameters.get(name) },
  });
  const planned: unknown[] = [];
  builder.setBakePlan((bake) => {
    planned.push(bake);
    return {
      seconds: 1000,
      behaviour: healthyImage,
      findings: { all: 3, critical: 1, high: 1, medium: 0 },
      scanSeconds: 100,
      ...options.outcome,
    };
  });
  const { configurations } = builder;
  const recipe = configurations.createRecipe({
    name: 'Kiln Web',
    version: '1.0.x',
    parentImage: options.parent ?? 'ssm:/base/image',
  });
  const pipeline = configurations.createPipeline({
    name: 'kiln-web',
    imageRecipeArn: recipe.arn,
    status: 'ENABLED',
    imageScanningConfiguration: { imageScanningEnabled: options.scan ?? false },
  });
  const start = (clientToken: string, tags: Record<string, string> = {}) =>
    builder.startBake({ pipelineArn: pipeline.arn, clientToken, tags }).imageBuildVersionArn;
  return {
    world,
    builder,
    configurations,
    events,
    registered,
    parameters,
    planned,
    pipeline,
    start,
  };
}

const statuses = (events: readonly OutgoingEvent[]) =>
  events
    .filter(({ detailType }) => detailType.endsWith('Image State Change'))
    .map(({ detail }) => detail);

describe('a bake', () => {
  it('announces each change with the status before and after, and nothing else', async () => {
    const { world, events, start } = aBuilder();
    const arn = start('one');
    expect(arn).toBe('arn:aws:imagebuilder:eu-west-1:111122223333:image/kiln-web/1.0.0/1');
    await world.run();
    expect(events.at(0)).toMatchObject({
      source: 'aws.imagebuilder',
      detailType: 'EC2 Image Builder Image State Change',
      resources: [arn],
    });
    expect(statuses(events)).toEqual([
      { 'previous-state': { status: 'CREATING' }, state: { status: 'BUILDING' } },
      { 'previous-state': { status: 'BUILDING' }, state: { status: 'TESTING' } },
      { 'previous-state': { status: 'TESTING' }, state: { status: 'DISTRIBUTING' } },
      { 'previous-state': { status: 'DISTRIBUTING' }, state: { status: 'INTEGRATING' } },
      { 'previous-state': { status: 'INTEGRATING' }, state: { status: 'AVAILABLE' } },
    ]);
    expect(events.at(-1)?.seconds).toBe(1000);
  });

  it('registers one AMI, which GetImage shows', async () => {
    const { world, builder, registered, start } = aBuilder();
    const arn = start('one', { release: 'r-1' });
    await world.run();
    expect(registered).toHaveLength(1);
    expect(registered[0]).toMatch(/^ami-[0-9a-f]{17}$/);
    const { run } = builder.operations.GetImage as never as { run(input: unknown): unknown };
    expect(run({ imageBuildVersionArn: arn })).toMatchObject({
      image: {
        arn,
        state: { status: 'AVAILABLE' },
        tags: { release: 'r-1' },
        outputResources: {
          amis: [{ region: 'eu-west-1', accountId: '111122223333', image: registered[0] }],
        },
      },
    });
  });

  it('reads an ssm: parent when it starts', async () => {
    const { parameters, planned, start, world } = aBuilder();
    start('one');
    await world.run();
    parameters.set('/base/image', 'ami-base2');
    start('two');
    expect(planned).toMatchObject([
      { ordinal: 1, parentImageId: 'ami-base1', recipeName: 'Kiln Web' },
      { ordinal: 2, parentImageId: 'ami-base2' },
    ]);
  });

  it('fails when the parent does not exist', async () => {
    const { builder, world, start } = aBuilder({ parent: 'ssm:/nowhere' });
    const arn = start('one');
    await world.run();
    expect(builder.image(arn)).toMatchObject({
      status: 'FAILED',
      reason: "The parent image 'ssm:/nowhere' does not exist.",
    });
  });

  it('fails when the plan says so, and can be retried only after the build', async () => {
    const failing = { status: 'FAILED', reason: 'a test failed', afterSeconds: 700 } as const;
    const { builder, world, events, registered, start } = aBuilder({
      outcome: { failure: failing },
    });
    const arn = start('one');
    await world.run();
    expect(statuses(events).at(-1)).toEqual({
      'previous-state': { status: 'TESTING' },
      state: { status: 'FAILED' },
    });
    expect(registered).toEqual([]);
    builder.retry(arn);
    await world.run();
    expect(builder.image(arn).status).toBe('AVAILABLE');
    expect(() => builder.retry(arn)).toThrow('cannot be retried from');
  });

  it('does nothing more once it is cancelled', async () => {
    const { builder, world, events, registered, start } = aBuilder({ scan: true });
    const arn = start('one');
    await world.run({ untilMs: startMs + 100_000 });
    builder.cancel(arn, 'token');
    builder.cancel(arn, 'token');
    await world.run();
    expect(statuses(events).at(-1)).toEqual({
      'previous-state': { status: 'BUILDING' },
      state: { status: 'CANCELLED' },
    });
    expect(registered).toEqual([]);
    expect(() => builder.cancel(arn, 'another')).toThrow('is CANCELLED and cannot be cancelled');
  });

  it.each([
    { scanBeforeAvailable: true, seconds: 950 },
    { scanBeforeAvailable: false, seconds: 1100 },
  ])(
    'tells the findings after $seconds s when scanBeforeAvailable is $scanBeforeAvailable',
    async ({ scanBeforeAvailable, seconds }) => {
      const { builder, world, events, pipeline, start } = aBuilder({
        scan: true,
        readings: { scanBeforeAvailable },
      });
      const arn = start('one');
      await world.run();
      expect(
        events.find(({ detailType }) => detailType === 'EC2 Image Builder CVE Detected'),
      ).toMatchObject({
        seconds,
        resources: [arn, pipeline.arn],
        detail: { 'finding-severity-counts': { all: 3, critical: 1, high: 1, medium: 0 } },
      });
      expect(builder.image(arn).scan).toEqual({ status: 'COMPLETED' });
    },
  );
});

describe('a client token', () => {
  it('answers with the same bake while it is remembered, and refuses other parameters', () => {
    const { start } = aBuilder({
      readings: { bakeTokenRemembered: true, pipelineRefusesSecondStart: true },
    });
    expect(start('one')).toBe(start('one'));
    expect(() => start('one', { other: 'tag' })).toThrow(
      expect.objectContaining({ code: 'IdempotentParameterMismatchException' }),
    );
  });

  it('starts a second build when it is forgotten and pipelines build side by side', () => {
    const { start } = aBuilder({
      readings: { bakeTokenRemembered: false, pipelineRefusesSecondStart: false },
    });
    expect([start('one'), start('one')].map((arn) => arn.slice(-7))).toEqual([
      '1.0.0/1',
      '1.0.0/2',
    ]);
  });

  it('is refused with the pipeline when it is forgotten and a build is under way', () => {
    const { start } = aBuilder({
      readings: { bakeTokenRemembered: false, pipelineRefusesSecondStart: true },
    });
    start('one');
    expect(() => start('one')).toThrow(expect.objectContaining({ code: 'ResourceInUseException' }));
  });
});

describe('versions', () => {
  it('counts a wildcard up and refuses a version that exists', () => {
    const { configurations } = aBuilder();
    const create = (version: string) =>
      configurations.createComponent({ name: 'App', version }).version;
    expect([create('1.0.x'), create('1.0.x'), create('2.0.0'), create('1.0.x')]).toEqual([
      '1.0.0',
      '1.0.1',
      '2.0.0',
      '1.0.2',
    ]);
    expect(() => create('1.0.1')).toThrow(
      expect.objectContaining({ code: 'ResourceAlreadyExistsException' }),
    );
    expect(() => create('1.x.0')).toThrow(
      expect.objectContaining({ code: 'InvalidVersionNumberException' }),
    );
  });

  it('keeps a recipe while a pipeline needs it', () => {
    const { configurations, pipeline } = aBuilder();
    expect(() => configurations.deleteRecipe(pipeline.imageRecipeArn)).toThrow(
      expect.objectContaining({ code: 'ResourceDependencyException' }),
    );
  });
});

describe('a foreign pipeline', () => {
  it('is a parent by x.x.x once it has made an image', async () => {
    const { builder, configurations, events, planned, pipeline, world } = aBuilder();
    const foreign = builder.addForeignPipeline({ name: 'golden-base' });
    const { imageId, imageBuildVersionArn } = builder.finishForeignImage(foreign);
    expect(events.at(-1)).toMatchObject({
      resources: [imageBuildVersionArn],
      detail: { state: { status: 'AVAILABLE' } },
    });
    const recipe = configurations.createRecipe({
      name: 'child',
      version: '1.0.0',
      parentImage: `${foreign.imageArn}/x.x.x`,
    });
    configurations.update(configurations.pipelines, pipeline.arn, { imageRecipeArn: recipe.arn });
    builder.startBake({ pipelineArn: pipeline.arn, clientToken: 'one', tags: {} });
    expect(planned.at(-1)).toMatchObject({ parentImageId: imageId });
    await world.run();
  });
});

describe('lists', () => {
  it('pages the images of a pipeline, in the order of their start', async () => {
    const { builder, pipeline, start } = aBuilder({
      readings: { pipelineRefusesSecondStart: false },
    });
    const arns = ['a', 'b', 'c'].map((token) => start(token, { token }));
    const { run } = builder.operations.ListImagePipelineImages as never as {
      run(input: unknown): {
        imageSummaryList: { arn: string; tags: object }[];
        nextToken?: string;
      };
    };
    const first = run({ imagePipelineArn: pipeline.arn, maxResults: 2 });
    const second = run({
      imagePipelineArn: pipeline.arn,
      maxResults: 2,
      nextToken: first.nextToken,
    });
    expect([...first.imageSummaryList, ...second.imageSummaryList].map(({ arn }) => arn)).toEqual(
      arns,
    );
    expect(second).toMatchObject({ imageSummaryList: [{ tags: { token: 'c' } }] });
    expect(second.nextToken).toBeUndefined();
  });

  it('adds findings up by image, once the scan is complete', async () => {
    const { builder, start, world } = aBuilder({ scan: true });
    const arn = start('one');
    const { run } = builder.operations.ListImageScanFindingAggregations as never as {
      run(input: unknown): unknown;
    };
    const filter = { name: 'imageBuildVersionArn', values: [arn] };
    expect(run({ filter })).toMatchObject({ responses: [] });
    await world.run();
    expect(run({ filter })).toMatchObject({
      responses: [
        {
          imageAggregation: {
            imageBuildVersionArn: arn,
            severityCounts: { all: 3, critical: 1, high: 1, medium: 0 },
          },
        },
      ],
    });
  });
});
