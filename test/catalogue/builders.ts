import { loadCatalogue } from '../../lib/catalogue/load.ts';

export const aComponent = `name: server
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Install
        action: ExecuteBash
        inputs: { commands: [dnf install --assumeyes nginx] }
`;

export interface YamlParts {
  readonly top?: string;
  /** Replaces the lines of image `web`. */
  readonly image?: readonly string[];
  readonly moreImages?: string;
  /** Replaces lines of fleet `web-prod` by key. */
  readonly fleet?: Readonly<Record<string, string | undefined>>;
  readonly fleetEnd?: readonly string[];
  readonly moreFleets?: string;
  readonly waves?: string;
}

const indented = (lines: readonly string[], by: number) =>
  lines.map((line) => `${' '.repeat(by)}${line}`).join('\n');

/** A small catalogue without mistakes, except for what is given. */
export function aKilnYaml(parts: YamlParts = {}): string {
  const fleet = {
    image: 'image: web',
    autoScalingGroup: 'autoScalingGroup: web-prod',
    launchTemplate: 'launchTemplate: lt-0123456789abcdef0',
    instanceRole: 'instanceRole: web-instance',
    checkpoints: 'checkpoints: [{ percent: 10, hold: 10m }, { percent: 100 }]',
    gates: 'gates: [{ alarms: [web-5xx] }]',
    soak: 'soak: 5m',
    ...parts.fleet,
  };
  const image = parts.image ?? [
    'base: { ssm: /aws/service/base }',
    'components: [./components/server.yaml]',
    'instanceTypes: [t4g.medium]',
  ];
  const fleetLines = Object.values(fleet).filter((line) => line !== undefined);
  return [
    ...(parts.top === undefined ? [] : [parts.top]),
    'images:',
    '  web:',
    indented(image, 4),
    ...(parts.moreImages === undefined ? [] : [parts.moreImages]),
    'fleets:',
    '  web-prod:',
    indented([...fleetLines, ...(parts.fleetEnd ?? [])], 4),
    ...(parts.moreFleets === undefined ? [] : [parts.moreFleets]),
    parts.waves ?? 'waves: [{ name: all, fleets: [web-prod] }]',
    '',
  ].join('\n');
}

export const load = (text: string, files: Readonly<Record<string, string>> = {}) =>
  loadCatalogue(text, 'here/kiln.yaml', {
    readFile: (path) => ({ 'here/components/server.yaml': aComponent, ...files })[path],
  });

export const errorsOf = (text: string, files: Readonly<Record<string, string>> = {}) => {
  const loaded = load(text, files);
  return loaded.ok ? [] : loaded.errors;
};
