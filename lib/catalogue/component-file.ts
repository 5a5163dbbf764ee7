import type { Finding, Path } from './catalogue-error.ts';
import { shown } from './catalogue-error.ts';
import { valueAt } from './explain.ts';
import { nearest } from './nearest.ts';
import { readSource } from './source.ts';

/** `data` of CreateComponent takes no more. @see InlineComponentData in the service model */
const componentCharactersMax = 16_000;

const phaseNames = ['build', 'validate', 'test'];

/**
 * Action modules of the component manager, to tell a slip of the pen. A name that resembles none of them passes: the
 * list grows without us. @see Image Builder user guide, toe-action-modules
 */
const actions = [
  'AppendFile',
  'Assert',
  'CopyFile',
  'CopyFolder',
  'CreateFile',
  'CreateFolder',
  'CreateSymlink',
  'DeleteFile',
  'DeleteFolder',
  'ExecuteBash',
  'ExecuteBinary',
  'ExecuteDocument',
  'ExecutePowerShell',
  'InstallMSI',
  'ListFiles',
  'MoveFile',
  'MoveFolder',
  'ReadFile',
  'Reboot',
  'S3Download',
  'S3Upload',
  'SetFileEncoding',
  'SetFileOwner',
  'SetFilePermissions',
  'SetFolderOwner',
  'SetFolderPermissions',
  'SetRegistry',
  'UninstallMSI',
  'UpdateOS',
  'WebDownload',
];

/**
 * What Image Builder would refuse, hours later, in a component document: its form, not what its commands do.
 * `path` is where the catalogue names the file.
 */
export function checkComponentFile(text: string, file: string, path: Path): readonly Finding[] {
  const source = readSource(text, file);
  const finding = (inside: Path, expected: string, came: string, near?: string): Finding => ({
    path: [...path, ...inside],
    at: 'value',
    expected,
    came,
    nearest: near,
    place: { file, line: source.lineOf(inside, 'value') },
  });
  const syntax = source.findings.map((problem) => ({ ...problem, path }));
  if (source.broken) return syntax;
  const findings: Finding[] = [...syntax];
  if (text.length > componentCharactersMax) {
    const expected = `a component of at most ${componentCharactersMax} characters`;
    findings.push(finding([], expected, `${text.length} characters`));
  }
  const version = valueAt(source.value, ['schemaVersion']);
  if (Number(version) !== 1) findings.push(finding(['schemaVersion'], '1.0', shown(version)));
  const phases = valueAt(source.value, ['phases']);
  if (!Array.isArray(phases) || phases.length === 0) {
    const expected = 'a component document with a list of phases (build, validate, test)';
    return [...findings, finding(['phases'], expected, shown(phases))];
  }
  const seen = new Set<unknown>();
  for (const [index, phase] of phases.entries()) {
    const name = valueAt(phase, ['name']);
    if (typeof name !== 'string' || !phaseNames.includes(name)) {
      const near = typeof name === 'string' ? nearest(name, phaseNames) : undefined;
      const expected = `one of the phases ${phaseNames.join(', ')}`;
      findings.push(finding(['phases', index, 'name'], expected, shown(name), near));
    } else if (seen.has(name)) {
      findings.push(finding(['phases', index, 'name'], 'each phase once', `${name} a second time`));
    }
    seen.add(name);
    findings.push(...checkSteps(valueAt(phase, ['steps']), ['phases', index, 'steps'], finding));
  }
  return findings;
}

type MakeFinding = (inside: Path, expected: string, came: string, near?: string) => Finding;

function checkSteps(steps: unknown, at: Path, finding: MakeFinding): readonly Finding[] {
  if (!Array.isArray(steps) || steps.length === 0) {
    return [finding(at, 'a list of at least one step', shown(steps))];
  }
  return steps.flatMap((step: unknown, index) => {
    const findings: Finding[] = [];
    const name = valueAt(step, ['name']);
    if (typeof name !== 'string') {
      findings.push(finding([...at, index, 'name'], 'the name of the step', shown(name)));
    }
    // A loop step may hold its action in the loop; Image Builder judges that itself.
    const action = valueAt(step, ['action']);
    const near = typeof action === 'string' ? nearest(action, actions) : undefined;
    const slip = typeof action === 'string' && near !== undefined && near !== action;
    if (typeof action !== 'string' || slip) {
      const expected = 'an action module such as ExecuteBash';
      findings.push(finding([...at, index, 'action'], expected, shown(action), near));
    }
    return findings;
  });
}
