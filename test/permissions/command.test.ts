import { describe, expect, it } from 'vitest';
import { main } from '../../bin/cli/main.ts';

async function run(...args: string[]) {
  const said = { out: '', err: '' };
  const to = (where: 'out' | 'err') => ({
    write: (text: string) => {
      said[where] += text;
    },
  });
  const code = await main(['permissions', ...args], {
    out: to('out'),
    err: to('err'),
    environment: {},
  });
  return { code, ...said };
}

describe('npm run permissions', () => {
  it('says what it takes', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toContain('Usage: npm run -s permissions [-- options]');
    expect(out).toContain('--prove');
  });

  it('refuses what it does not know', async () => {
    expect(await run('--proof')).toEqual({
      code: 2,
      out: '',
      err: 'kiln: there is no option --proof; did you mean --prove?\n',
    });
  });
});
