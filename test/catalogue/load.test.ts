import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../lib/catalogue/load.ts';
import { aComponent, aKilnYaml, errorsOf, load } from './builders.ts';

const exampleFile = new URL('../../examples/web/kiln.yaml', import.meta.url);

describe('a catalogue without mistakes', () => {
  it('takes the example', () => {
    const readFile = (path: string) =>
      readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const loaded = loadCatalogue(readFileSync(exampleFile, 'utf8'), 'examples/web/kiln.yaml', {
      readFile,
    });
    expect(loaded).toMatchObject({ ok: true, catalogue: { hub: 'main' } });
  });

  it('fills in the defaults that the schema describes', () => {
    const loaded = load(aKilnYaml());
    expect(loaded.ok && loaded.catalogue).toEqual({
      hub: 'main',
      look: { refreshSeconds: 300, bakeSeconds: 900, waitingSeconds: 1800 },
      checkBaseImagesEverySeconds: 3600,
      sweepEverySeconds: 600,
      approvalLinks: false,
      images: {
        web: {
          name: 'web',
          base: { kind: 'ssm', parameter: '/aws/service/base' },
          recipeName: 'kiln-main-web',
          bakeLimitSeconds: 7200,
          inspection: { scan: 'required', scanLimitSeconds: 3600, maxCritical: 0 },
          wayBackOrder: 'parallel',
        },
      },
      fleets: {
        'web-prod': {
          name: 'web-prod',
          image: 'web',
          autoScalingGroupName: 'web-prod',
          launchTemplateId: 'lt-0123456789abcdef0',
          checkpoints: [
            { percent: 10, holdSeconds: 600 },
            { percent: 100, holdSeconds: 0 },
          ],
          forward: { min: 90, max: 110 },
          back: { min: 90, max: 150 },
          gates: [{ kind: 'alarms', mode: 'enforce', alarms: ['web-5xx'] }],
          soakSeconds: 300,
          exposureTolerancePercent: 10,
          autoRollback: true,
          limits: {
            inconclusiveSeconds: 900,
            unreadableSeconds: 900,
            foreignRefreshSeconds: 7200,
            rolloutSeconds: 12 * 3600 + 600 + 300,
            wayBackSeconds: 4 * 3600,
            wayBackStallSeconds: 1200,
          },
        },
      },
      waves: [{ name: 'all', fleets: ['web-prod'], soakSeconds: 0 }],
      builds: {
        web: {
          platform: 'Linux',
          components: [
            {
              kind: 'document',
              name: 'server',
              file: './components/server.yaml',
              data: aComponent,
            },
          ],
          instanceTypes: ['t4g.medium'],
          rootVolume: { device: '/dev/xvda' },
        },
      },
      instanceRoles: { 'web-prod': 'web-instance' },
    });
  });

  it('takes everything that can be said', () => {
    const loaded = load(
      aKilnYaml({
        top: 'hub: blue\nlook: { refresh: 2m, bake: 1h }\ncheckBaseImagesEvery: 1d\nsweepEvery: 30m',
        image: [
          'base: { imageBuilder: arn:aws:imagebuilder:eu-west-1:111122223333:image/golden }',
          'components: [arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x, ./components/server.yaml]',
          'platform: Windows',
          'instanceTypes: [m7i.large]',
          'rootVolume: { device: /dev/sda1, size: 30 }',
          'network: { subnet: subnet-0123456789abcdef0, securityGroups: [sg-0123456789abcdef0] }',
          'bakeLimit: 3h',
          'inspection: { scan: off, scanLimit: 10m, maxCritical: 1, maxHigh: 2, maxMedium: 3 }',
          'wayBack: reverse',
        ],
        fleetEnd: [
          'healthy: { forward: { min: 100, max: 200 }, back: { min: 50, max: 150 } }',
          'warmup: 90s',
          'exposureTolerance: 0',
          'autoRollback: false',
          'limits: { inconclusive: 1m, unreadable: 2m, foreignRefresh: 3m, rollout: 4h, wayBack: 5h, wayBackStall: 6m }',
        ],
      }),
    );
    expect(loaded).toMatchObject({
      ok: true,
      catalogue: {
        hub: 'blue',
        look: { refreshSeconds: 120, bakeSeconds: 3600 },
        checkBaseImagesEverySeconds: 86_400,
        sweepEverySeconds: 1800,
        images: {
          web: {
            base: { kind: 'image-builder' },
            recipeName: 'kiln-blue-web',
            bakeLimitSeconds: 10_800,
            inspection: {
              scan: 'off',
              scanLimitSeconds: 600,
              maxCritical: 1,
              maxHigh: 2,
              maxMedium: 3,
            },
            wayBackOrder: 'reverse',
          },
        },
        builds: {
          web: {
            platform: 'Windows',
            components: [{ kind: 'existing' }, { kind: 'document', name: 'server' }],
            rootVolume: { device: '/dev/sda1', sizeGibibytes: 30 },
            network: { subnetId: 'subnet-0123456789abcdef0' },
          },
        },
        fleets: {
          'web-prod': {
            forward: { min: 100, max: 200 },
            back: { min: 50, max: 150 },
            instanceWarmupSeconds: 90,
            exposureTolerancePercent: 0,
            autoRollback: false,
            limits: {
              inconclusiveSeconds: 60,
              unreadableSeconds: 120,
              foreignRefreshSeconds: 180,
              rolloutSeconds: 14_400,
              wayBackSeconds: 18_000,
              wayBackStallSeconds: 360,
            },
          },
        },
      },
    });
  });
});

describe('the text', () => {
  it('says the line of a syntax error, and nothing about what may be only its consequence', () => {
    const errors = errorsOf('images:\n  web: {base: [}\nfleets: 3\n');
    expect(errors.length).toBeGreaterThan(0);
    expect(errors[0]).toMatchObject({ file: 'here/kiln.yaml', line: 2, expected: 'valid YAML' });
  });

  it('says the line of a key that stands twice, and goes on', () => {
    const errors = errorsOf(aKilnYaml({ top: 'hub: main\nhub: other\nlook: { refresh: soon }' }));
    expect(errors.map(({ line, path, came }) => [line, path, came])).toEqual([
      [2, '', 'hub a second time'],
      [3, 'look.refresh', '"soon"'],
    ]);
  });

  it.each([
    '',
    '# nothing but a comment\n',
    'just words',
    '- a\n- list\n',
    '*nowhere',
    '{',
    '\t',
    '--- a\n--- b\n',
    '&a [*a]',
  ])('refuses %j without throwing', (text) => {
    expect(errorsOf(text)).not.toEqual([]);
  });

  it('takes aliases and points at the line where the value stands', () => {
    const yaml = aKilnYaml({
      fleetEnd: ['healthy: { forward: &pair { min: 10, max: 150 }, back: *pair }'],
    });
    const paths = errorsOf(yaml).map(({ path }) => path);
    expect(paths).toEqual([
      'fleets.web-prod.healthy.forward.max',
      'fleets.web-prod.healthy.back.max',
    ]);
  });
});
