import { describe, expect, it } from 'vitest';
import { functionNames } from '../../lib/functions.ts';
import type { Definition, States } from '../../lib/workflows/asl.ts';
import { recoverDefinition } from '../../lib/workflows/recover.ts';
import { releaseDefinition } from '../../lib/workflows/release.ts';
import { rolloutDefinition } from '../../lib/workflows/rollout.ts';
import { defaultReadings } from '../../simulator/readings.ts';
import { aKiln, resourcesOf } from '../constructs/builders.ts';
import { codeOf, page, sectionsOf } from './pages.ts';

/** Every state that an operator may find blue or as an end: all but Choices. */
const statesOf = (states: States): readonly string[] =>
  Object.entries(states).flatMap(([name, state]) => (state.Type === 'Choice' ? [] : [name]));

const machines: readonly (readonly [string, Definition])[] = [
  ['release', releaseDefinition()],
  ['release', releaseDefinition({ approvalLinks: true })],
  ['rollout', rolloutDefinition()],
  ['rollout', rolloutDefinition({ approvalLinks: true })],
  ['recover', recoverDefinition()],
];

describe('the page for operators', () => {
  const sections = sectionsOf(page('docs/operate.md'));

  it.each(machines)('tells every state of %s', (name, { States }) => {
    const section = sections.get(`${name}-state-by-state`) ?? '';
    const told = codeOf({ path: '', text: section });
    expect(statesOf(States).filter((state) => !told.includes(state))).toEqual([]);
  });

  it('tells the errors with which executions fail by themselves', () => {
    for (const [, { States }] of machines) {
      for (const state of Object.values(States)) {
        if (state.Type !== 'Fail' || state.Error.startsWith('{%')) continue;
        expect(page('docs/operate.md').text).toContain(`\`${state.Error}\``);
      }
    }
  });
});

describe('other pages', () => {
  it('count the functions as they are', () => {
    const words = page('docs/architecture.md').text.replaceAll(/\s+/g, ' ');
    expect(words).toContain(`${functionNames.length} functions`);
  });

  it('count the alarms as they are, since they are paid for', () => {
    const alarms = resourcesOf(aKiln().template(), 'AWS::CloudWatch::Alarm');
    expect(page('README.md').text).toContain(`${Object.keys(alarms).length} CloudWatch alarms`);
  });

  it('name every reading of the simulator, with its value', () => {
    const { text } = page('docs/simulated-aws.md');
    for (const [name, value] of Object.entries(defaultReadings)) {
      expect(text).toContain(`| \`${name}\` | ${value} |`);
    }
  });
});
