import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../../bin/cli/main.ts';

/** For a busy machine; an idle one needs a fraction of it. */
const TEST_MS_MAX = 180_000;
const POLL_MS_MAX = 60_000;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly out: () => string;
}

/** The command in a process of its own, ready. */
async function started(...args: readonly string[]): Promise<Started> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'bin/kiln.ts', 'serve', '--port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  let out = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${out}`)));
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(out);
      if (found !== null) resolve(found[0]);
    });
  });
  return { child, url, out: () => out };
}

/** Exit code and output of a command line that ends by itself. */
async function ran(...args: readonly string[]) {
  let out = '';
  let err = '';
  const code = await main(['serve', ...args], {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    environment: {},
  });
  return { code, out, err };
}

const clock = async (url: string) =>
  (await (await fetch(`${url}/kiln/clock`)).json()) as { readonly now: string; speed: number };

async function expectLoopbackOnly(url: string): Promise<void> {
  const others = Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  for (const { address } of others) {
    await expect(fetch(`${url.replace('127.0.0.1', address)}/kiln/clock`)).rejects.toThrow();
  }
  expect((await fetch(`${url}/kiln/clock`)).status).toBe(200);
}

describe('kiln serve', { timeout: TEST_MS_MAX }, () => {
  it('says one line when it is ready, lets time pass, and ends with 0 on SIGINT', async () => {
    const { child, url, out } = await started('--speed', '3600');
    const first = await clock(url);
    expect(first.speed).toBe(3600);
    await expect
      .poll(async () => Date.parse((await clock(url)).now), { timeout: POLL_MS_MAX })
      .toBeGreaterThan(Date.parse(first.now) + 60_000);

    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(out()).toMatch(/^Simulated AWS account \d{12} \(eu-west-1\) at http:\S+; .*\n$/);
  });

  it('is there for this machine alone, and ends on SIGINT in the middle of a long step', async () => {
    const { child, url } = await started('--step');
    await expectLoopbackOnly(url);
    const step = fetch(`${url}/kiln/step`, { method: 'POST', body: '{"seconds":2000000}' });
    const cutOff = expect(step).rejects.toThrow();
    await expect
      .poll(async () => (await clock(url)).now > '2026-11-23T11', { timeout: POLL_MS_MAX })
      .toBe(true);
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    await cutOff;
  });

  it('says which port it cannot have', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    expect(await ran('--port', String(port))).toMatchObject({
      code: 2,
      err: expect.stringMatching(`--port ${port}: .*EADDRINUSE`),
    });
    other.close();
  });

  it.each([
    [[], /which --port/],
    [['--port', '70000'], /at most 65535, got 70000/],
    [['--port', 'x'], /expected a whole number, 0 or more, got "x"/],
    [['--port', '0', '--speed', '0'], /--speed: expected a number above 0, got "0"/],
    [['--port', '0', '--speed', '2', '--step'], /exclude each other/],
    [['--port', '0', '--catalogue', 'nowhere.yaml'], /there is no catalogue nowhere\.yaml/],
    [['--prot', '0'], /did you mean --port/],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, out, err } = await ran(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  it('explains itself', async () => {
    expect(await ran('--help')).toMatchObject({ code: 0, out: expect.stringMatching(/--speed X/) });
  });
});
