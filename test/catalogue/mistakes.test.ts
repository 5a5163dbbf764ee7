import { describe, expect, it } from 'vitest';
import { aComponent, aKilnYaml, errorsOf, type YamlParts } from './builders.ts';

const anotherFleet = (name: string, lines: Readonly<Record<string, string>> = {}) => {
  const all = {
    image: 'web',
    autoScalingGroup: `${name}-group`,
    launchTemplate: 'lt-0123456789abcdef1',
    instanceRole: 'web-instance',
    checkpoints: '[{ percent: 100 }]',
    gates: '[{ alarms: [web-5xx] }]',
    soak: '5m',
    ...lines,
  };
  return `  ${name}: { ${Object.entries(all)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')} }`;
};

const elevenAlarms = Array.from({ length: 11 }, (_, index) => `a${index}`).join(', ');
const tenAlarms = elevenAlarms.replace(/, a10$/, '');

interface Row {
  readonly mistake: string;
  readonly yaml: YamlParts;
  readonly message: string;
}

const rows: readonly Row[] = [
  {
    mistake: 'an unknown key at the top',
    yaml: { top: 'hubb: main' },
    message:
      'here/kiln.yaml:1: hubb: expected one of the keys hub, look, checkBaseImagesEvery, sweepEvery, approvalLinks, images, fleets, waves, came the key "hubb"; did you mean "hub"?',
  },
  {
    mistake: 'a misspelled required key, as one mistake',
    yaml: { fleet: { soak: 'soack: 5m' } },
    message:
      'here/kiln.yaml:14: fleets.web-prod.soack: expected one of the keys image, autoScalingGroup, launchTemplate, instanceRole, checkpoints, healthy, gates, soak, soakEvidence, warmup, exposureTolerance, autoRollback, limits, came the key "soack"; did you mean "soak"?',
  },
  {
    mistake: 'a missing required key',
    yaml: { fleet: { soak: undefined } },
    message:
      'here/kiln.yaml:7: fleets.web-prod.soak: expected a duration such as 90s, 10m, 2h or 1d, came nothing',
  },
  {
    mistake: 'a duration without a unit',
    yaml: { fleet: { soak: 'soak: 5' } },
    message:
      'here/kiln.yaml:14: fleets.web-prod.soak: expected a duration such as 90s, 10m, 2h or 1d, came 5',
  },
  {
    mistake: 'a fleet that names a missing image',
    yaml: { fleet: { image: 'image: wbe' } },
    message:
      'here/kiln.yaml:8: fleets.web-prod.image: expected one of the images web, came "wbe"; did you mean "web"?',
  },
  {
    mistake: 'a wave that names a missing fleet',
    yaml: {
      waves:
        'waves:\n  - { name: all, fleets: [web-prod] }\n  - { name: more, fleets: [wbe-prod] }',
    },
    message:
      'here/kiln.yaml:17: waves[1].fleets[0]: expected one of the fleets web-prod, came "wbe-prod"; did you mean "web-prod"?',
  },
  {
    mistake: 'a fleet in no wave',
    yaml: { moreFleets: anotherFleet('idle') },
    message:
      'here/kiln.yaml:15: fleets.idle: expected a fleet that is in exactly one wave, came no wave that names it',
  },
  {
    mistake: 'a fleet in two waves',
    yaml: {
      waves: 'waves: [{ name: one, fleets: [web-prod] }, { name: two, fleets: [web-prod] }]',
    },
    message:
      'here/kiln.yaml:15: waves[1].fleets[0]: expected each fleet in one wave, came "web-prod", which is in wave one already',
  },
  {
    mistake: 'a fleet twice in one wave',
    yaml: { waves: 'waves: [{ name: one, fleets: [web-prod, web-prod] }]' },
    message:
      'here/kiln.yaml:15: waves[0].fleets[1]: expected each fleet in one wave, came "web-prod", which is in wave one already',
  },
  {
    mistake: 'two waves of one name',
    yaml: {
      moreFleets: anotherFleet('other'),
      waves: 'waves: [{ name: one, fleets: [web-prod] }, { name: one, fleets: [other] }]',
    },
    message: 'here/kiln.yaml:16: waves[1].name: expected a name that no other wave has, came "one"',
  },
  {
    mistake: 'checkpoints that do not rise',
    yaml: {
      fleet: {
        checkpoints:
          'checkpoints: [{ percent: 50, hold: 10m }, { percent: 50, hold: 10m }, { percent: 100 }]',
      },
    },
    message:
      'here/kiln.yaml:12: fleets.web-prod.checkpoints[1].percent: expected checkpoints that rise, here more than 50, came 50',
  },
  {
    mistake: 'checkpoints that end below 100',
    yaml: { fleet: { checkpoints: 'checkpoints: [{ percent: 99, hold: 10m }]' } },
    message:
      'here/kiln.yaml:12: fleets.web-prod.checkpoints[0].percent: expected 100 as the last checkpoint, came 99',
  },
  {
    mistake: 'one group in two fleets',
    yaml: {
      moreFleets: anotherFleet('other', { autoScalingGroup: 'web-prod' }),
      waves: 'waves: [{ name: all, fleets: [web-prod, other] }]',
    },
    message:
      'here/kiln.yaml:15: fleets.other.autoScalingGroup: expected a group that no other fleet names, came "web-prod", the group of fleet web-prod',
  },
  {
    mistake: 'healthy percentages more than 100 apart',
    yaml: { fleetEnd: ['healthy: { back: { min: 50, max: 151 } }'] },
    message:
      'here/kiln.yaml:15: fleets.web-prod.healthy.back.max: expected max at most 100 more than min, here at most 150, came 151',
  },
  {
    mistake: 'eleven alarms in the enforced gates',
    yaml: { fleet: { gates: `gates: [{ alarms: [${elevenAlarms}] }]` } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates: expected at most 10 alarms in the enforced gates of a fleet (join some in a composite alarm), came 11 alarms',
  },
  {
    mistake: 'a hold shorter than twice the look interval',
    yaml: {
      fleet: { checkpoints: 'checkpoints: [{ percent: 10, hold: 599s }, { percent: 100 }]' },
    },
    message:
      'here/kiln.yaml:12: fleets.web-prod.checkpoints[0].hold: expected a hold from 10m (twice look.refresh) to 48h, came "599s"',
  },
  {
    mistake: 'a hold that a slower look interval cannot keep',
    yaml: { top: 'look: { refresh: 6m }' },
    message:
      'here/kiln.yaml:13: fleets.web-prod.checkpoints[0].hold: expected a hold from 12m (twice look.refresh) to 48h, came "10m"',
  },
  {
    mistake: 'a hold of more than 48 hours',
    yaml: { fleet: { checkpoints: 'checkpoints: [{ percent: 10, hold: 49h }, { percent: 100 }]' } },
    message:
      'here/kiln.yaml:12: fleets.web-prod.checkpoints[0].hold: expected a hold from 10m (twice look.refresh) to 48h, came "49h"',
  },
  {
    mistake: 'a checkpoint without a hold',
    yaml: { fleet: { checkpoints: 'checkpoints: [{ percent: 10 }, { percent: 100 }]' } },
    message:
      'here/kiln.yaml:12: fleets.web-prod.checkpoints[0].hold: expected a hold from 10m (twice look.refresh) to 48h, came nothing',
  },
  {
    mistake: 'a hold at 100, which the soak would swallow',
    yaml: { fleet: { checkpoints: 'checkpoints: [{ percent: 100, hold: 10m }]' } },
    message:
      'here/kiln.yaml:12: fleets.web-prod.checkpoints[0].hold: expected no hold at 100: the whole fleet is watched by the soak, came "10m"',
  },
  {
    mistake: 'gates that all only observe',
    yaml: { fleet: { gates: 'gates: [{ alarms: [web-5xx], mode: observe }]' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates: expected at least one gate in mode enforce: without one nothing ever goes back, came 1 in mode observe',
  },
  {
    mistake: 'no gates',
    yaml: { fleet: { gates: 'gates: []' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates: expected a list of at least one gate, came an empty list',
  },
  {
    mistake: 'a gate of an unknown kind',
    yaml: { fleet: { gates: 'gates: [{ alarms: [web-5xx] }, { alarm: [x] }]' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[1]: expected exactly one of the keys alarms, targetHealth, instanceHealth, canary, function, probe, approval, came the keys alarm; did you mean "alarms"?',
  },
  {
    mistake: 'a word for silence that there is not',
    yaml: { fleet: { gates: 'gates: [{ alarms: [a], insufficientData: gren }]' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[0].insufficientData: expected one of inconclusive, green, red, came "gren"; did you mean "green"?',
  },
  {
    mistake: 'a gate function that is waited for too long',
    yaml: {
      fleet: { gates: 'gates: [{ alarms: [a] }, { function: { name: orders, timeout: 31s } }]' },
    },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[1].function.timeout: expected from 1s to 30s, came "31s"',
  },
  {
    mistake: 'the ARN of a gate function',
    yaml: {
      fleet: {
        gates:
          'gates: [{ alarms: [a] }, { function: { name: "arn:aws:lambda:eu-west-1:111122223333:function:x" } }]',
      },
    },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[1].function.name: expected the name of a Lambda function, came "arn:aws:lambda:eu-west-1:111122223333:function:x"',
  },
  {
    mistake: 'an approval at a checkpoint that there is not',
    yaml: { fleet: { gates: 'gates: [{ alarms: [a] }, { approval: { at: [10, 50] } }]' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[1].approval.at[1]: expected one of the checkpoints 10, came 50',
  },
  {
    mistake: 'an approval that waits for longer than Auto Scaling does',
    yaml: { fleet: { gates: 'gates: [{ alarms: [a] }, { approval: { expires: 49h } }]' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[1].approval.expires: expected from 1m to 48h, for which Auto Scaling leaves a refresh at a checkpoint (of a wave it may be 31d), came "49h"',
  },
  {
    mistake: 'an approval where nothing is held',
    yaml: {
      fleet: {
        gates: 'gates: [{ alarms: [a] }, { approval: {} }]',
        checkpoints: 'checkpoints: [{ percent: 100 }]',
      },
    },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[1].approval: expected a fleet with a checkpoint below 100, at which it is held for the answer, came none',
  },
  {
    mistake: 'an approval that would only be observed',
    yaml: { fleet: { gates: 'gates: [{ alarms: [a] }, { approval: {}, mode: observe }]' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[1].mode: expected one of the keys approval, came the key "mode"',
  },
  {
    mistake: 'two approvals',
    yaml: { fleet: { gates: 'gates: [{ alarms: [a] }, { approval: {} }, { approval: {} }]' } },
    message:
      'here/kiln.yaml:13: fleets.web-prod.gates[2]: expected one approval gate in a fleet, with all its checkpoints, came 2',
  },
  {
    mistake: 'a rollout limit that an approval alone uses up',
    yaml: {
      fleet: { gates: 'gates: [{ alarms: [a] }, { approval: { expires: 8h } }]' },
      fleetEnd: ['limits: { rollout: 8h }'],
    },
    message:
      'here/kiln.yaml:15: fleets.web-prod.limits.rollout: expected more than 495m, which a pause of the longest hold at each checkpoint, the approvals and the soak alone take, came "8h"',
  },
  {
    mistake: 'evidence that is waited for no longer than the soak',
    yaml: {
      fleetEnd: [
        'soakEvidence: { metric: { namespace: Web, name: Requests, dimensions: { Stage: prod } }, atLeast: 10, longest: 5m }',
      ],
    },
    message:
      'here/kiln.yaml:15: fleets.web-prod.soakEvidence.longest: expected more than the soak of 5m, came "5m"',
  },
  {
    mistake: 'a base image said twice',
    yaml: {
      image: [
        'base: { ssm: /a, ami: ami-0123456789abcdef0 }',
        'components: [./components/server.yaml]',
        'instanceTypes: [t4g.medium]',
      ],
    },
    message:
      'here/kiln.yaml:3: images.web.base: expected exactly one of the keys ssm, ami, imageBuilder, came the keys ssm, ami',
  },
  {
    mistake: 'an upstream image that this hub bakes itself',
    yaml: {
      image: [
        'base: { imageBuilder: arn:aws:imagebuilder:eu-west-1:111122223333:image/kiln-main-api }',
        'components: [./components/server.yaml]',
        'instanceTypes: [t4g.medium]',
      ],
    },
    message:
      'here/kiln.yaml:3: images.web.base.imageBuilder: expected an image that this hub does not bake itself, came "arn:aws:imagebuilder:eu-west-1:111122223333:image/kiln-main-api"',
  },
  {
    mistake: 'an image name of 33 characters',
    yaml: {
      moreImages: `  ${'i'.repeat(33)}: { base: { ssm: /a }, components: [./components/server.yaml], instanceTypes: [t4g.medium] }`,
    },
    message: `here/kiln.yaml:6: images.${'i'.repeat(33)}: expected a name of at most 32 lower case letters, digits and hyphens that begins with a letter and does not end in a hyphen, came "${'i'.repeat(33)}"`,
  },
  {
    mistake: 'a look interval below a minute',
    yaml: { top: 'look: { bake: 30s }' },
    message: 'here/kiln.yaml:1: look.bake: expected whole minutes, at least 1m, came "30s"',
  },
  {
    mistake: 'a schedule that is not of whole minutes',
    yaml: { top: 'sweepEvery: 90s' },
    message: 'here/kiln.yaml:1: sweepEvery: expected whole minutes, at least 1m, came "90s"',
  },
  {
    mistake: 'a rollout limit that the pauses at the checkpoints and the soak alone use up',
    yaml: { fleetEnd: ['limits: { rollout: 15m }'] },
    message:
      'here/kiln.yaml:15: fleets.web-prod.limits.rollout: expected more than 15m, which a pause of the longest hold at each checkpoint and the soak alone take, came "15m"',
  },
  {
    mistake:
      'a rollout limit that allows for the holds but not for the longest one at each checkpoint',
    yaml: {
      fleet: {
        checkpoints:
          'checkpoints: [{ percent: 10, hold: 10m }, { percent: 20, hold: 1h }, { percent: 100 }]',
      },
      fleetEnd: ['limits: { rollout: 125m }'],
    },
    message:
      'here/kiln.yaml:15: fleets.web-prod.limits.rollout: expected more than 125m, which a pause of the longest hold at each checkpoint and the soak alone take, came "125m"',
  },
  {
    mistake: 'a mapping where a list is due',
    yaml: { waves: 'waves: { all: [web-prod] }' },
    message: 'here/kiln.yaml:15: waves: expected a list of waves, came a mapping',
  },
];

describe('each mistake alone', () => {
  it.each(rows)('names $mistake, its line and what would be right', ({ yaml, message }) => {
    expect(errorsOf(aKilnYaml(yaml)).map((error) => error.message)).toEqual([message]);
  });

  it.each([
    { boundary: 'ten alarms', yaml: { fleet: { gates: `gates: [{ alarms: [${tenAlarms}] }]` } } },
    {
      boundary: 'the same alarm in two gates, counted once',
      yaml: { fleet: { gates: `gates: [{ alarms: [${tenAlarms}] }, { alarms: [a0] }]` } },
    },
    {
      boundary: 'any number of alarms that only observe',
      yaml: {
        fleet: { gates: `gates: [{ alarms: [a] }, { alarms: [${elevenAlarms}], mode: observe }]` },
      },
    },
    {
      boundary: 'any number of alarms whose silence counts as green',
      yaml: {
        fleet: {
          gates: `gates: [{ alarms: [a] }, { alarms: [${elevenAlarms}], insufficientData: green }]`,
        },
      },
    },
    {
      boundary: 'a hold of 48 hours',
      yaml: { fleet: { checkpoints: 'checkpoints: [{ percent: 1, hold: 2d }, { percent: 100 }]' } },
    },
    {
      boundary: 'percentages 100 apart',
      yaml: { fleetEnd: ['healthy: { back: { min: 50, max: 150 } }'] },
    },
    {
      boundary: 'a name of 32 characters',
      yaml: {
        moreImages: `  ${'i'.repeat(32)}: { base: { ssm: /a }, components: [./components/server.yaml], instanceTypes: [t4g.medium] }`,
      },
    },
    { boundary: 'a rollout limit just above', yaml: { fleetEnd: ['limits: { rollout: 901s }'] } },
    {
      boundary: 'a rollout limit just above the longest hold at each of two checkpoints',
      yaml: {
        fleet: {
          checkpoints:
            'checkpoints: [{ percent: 10, hold: 10m }, { percent: 20, hold: 1h }, { percent: 100 }]',
        },
        fleetEnd: ['limits: { rollout: 7501s }'],
      },
    },
  ] satisfies readonly { boundary: string; yaml: YamlParts }[])('takes $boundary', ({ yaml }) => {
    expect(errorsOf(aKilnYaml(yaml))).toEqual([]);
  });
});

describe('many mistakes', () => {
  it('come all at once, of both passes, in the order of the file, each with path, expected and came', () => {
    const errors = errorsOf(
      aKilnYaml({
        top: 'sweepEvery: soon',
        image: [
          'base: { sms: /a }',
          'components: [./components/sever.yaml]',
          'instanceTypes: [large]',
        ],
        fleet: {
          image: 'image: wbe',
          launchTemplate: 'launchTemplate: my-template',
          checkpoints: 'checkpoints: [{ percent: 0, hold: 10m }, { percent: 90, hold: 1m }]',
          gates: 'gates: [{ alarms: [web-5xx], mode: observed }]',
        },
        waves: 'waves: [{ name: all, fleets: [web-prd] }]',
      }),
    );
    expect(errors.map(({ line, path, nearest }) => [line, path, nearest])).toEqual([
      [1, 'sweepEvery', undefined],
      [4, 'images.web.base', 'ssm'],
      [5, 'images.web.components[0]', undefined],
      [6, 'images.web.instanceTypes[0]', undefined],
      [8, 'fleets.web-prod', undefined],
      [9, 'fleets.web-prod.image', 'web'],
      [11, 'fleets.web-prod.launchTemplate', undefined],
      [13, 'fleets.web-prod.checkpoints[0].percent', undefined],
      [13, 'fleets.web-prod.checkpoints[1].percent', undefined],
      [13, 'fleets.web-prod.checkpoints[1].hold', undefined],
      [14, 'fleets.web-prod.gates[0].mode', 'observe'],
      [16, 'waves[0].fleets[0]', 'web-prod'],
    ]);
    for (const error of errors) {
      expect(error.file).toBe('here/kiln.yaml');
      expect(error.expected).not.toBe('');
      expect(error.came).not.toBe('');
    }
  });
});

describe('component files', () => {
  const withComponent = (text: string) => ({ 'here/components/server.yaml': text });
  it.each([
    {
      mistake: 'a phase that does not exist',
      text: aComponent.replace('name: build', 'name: biuld'),
      message:
        'here/components/server.yaml:4: images.web.components[0].phases[0].name: expected one of the phases build, validate, test, came "biuld"; did you mean "build"?',
    },
    {
      mistake: 'a slip in an action',
      text: aComponent.replace('ExecuteBash', 'ExecuteBahs'),
      message:
        'here/components/server.yaml:7: images.web.components[0].phases[0].steps[0].action: expected an action module such as ExecuteBash, came "ExecuteBahs"; did you mean "ExecuteBash"?',
    },
    {
      mistake: 'no phases',
      text: 'name: server\nschemaVersion: 1.0\n',
      message:
        'here/components/server.yaml:1: images.web.components[0].phases: expected a component document with a list of phases (build, validate, test), came nothing',
    },
    {
      mistake: 'a phase without steps',
      text: 'schemaVersion: 1.0\nphases: [{ name: build, steps: [] }]\n',
      message:
        'here/components/server.yaml:2: images.web.components[0].phases[0].steps: expected a list of at least one step, came an empty list',
    },
    {
      mistake: 'another schema version',
      text: aComponent.replace('1.0', '2.0'),
      message:
        'here/components/server.yaml:2: images.web.components[0].schemaVersion: expected 1.0, came 2',
    },
    {
      mistake: 'broken YAML',
      text: 'phases: [\n',
      message: expect.stringMatching(
        /^here\/components\/server\.yaml:\d+: images\.web\.components\[0\]: expected valid YAML, came /,
      ),
    },
    {
      mistake: 'more than Image Builder takes',
      text: `${aComponent}# ${'x'.repeat(16_000)}`,
      message: expect.stringContaining('expected a component of at most 16000 characters, came 16'),
    },
  ])('name $mistake with their own file and line', ({ text, message }) => {
    expect(errorsOf(aKilnYaml(), withComponent(text)).map((error) => error.message)).toEqual([
      message,
    ]);
  });

  it('take an action that we do not know, when it resembles none that we do', () => {
    const text = aComponent.replace('ExecuteBash', 'BrewTea');
    expect(errorsOf(aKilnYaml(), withComponent(text))).toEqual([]);
  });

  it('must be there', () => {
    const image = [
      'base: { ssm: /a }',
      'components: [./components/gone.yaml]',
      'instanceTypes: [t4g.medium]',
    ];
    expect(errorsOf(aKilnYaml({ image })).map((error) => error.message)).toEqual([
      'here/kiln.yaml:4: images.web.components[0]: expected the path of a component file, came ./components/gone.yaml, and there is no here/components/gone.yaml',
    ]);
  });

  it('must not share a name, of which Image Builder knows them', () => {
    const image = [
      'base: { ssm: /a }',
      'components: [./components/server.yaml, ./more/server.yaml]',
      'instanceTypes: [t4g.medium]',
    ];
    const errors = errorsOf(aKilnYaml({ image }), { 'here/more/server.yaml': aComponent });
    expect(errors.map(({ path, came }) => [path, came])).toEqual([
      ['images.web.components[1]', '"server" a second time'],
    ]);
  });
});
