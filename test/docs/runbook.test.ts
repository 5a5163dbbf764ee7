import { describe, expect, it } from 'vitest';
import { runbookAnchors } from '../../lib/alarms.ts';
import { page, sectionsOf } from './pages.ts';

const sections = sectionsOf(page('docs/runbook.md'));

describe('the runbook', () => {
  it('has a section for every alarm, one for a blocked fleet and one for a stuck release, and no other', () => {
    const wanted = [...Object.values(runbookAnchors), 'blocked-fleet', 'stuck-release'];
    expect([...sections.keys()].toSorted()).toEqual(wanted.toSorted());
  });

  it.each([...sections])(
    '%s: says what it means, where to look, what to do and when not to',
    (_, text) => {
      const parts = [...text.matchAll(/^\*\*([\w ]+)\.\*\*/gm)].map(([, part]) => part);
      expect(parts).toEqual(['Description', 'Investigation', 'Resolution', 'When not to']);
    },
  );
});
