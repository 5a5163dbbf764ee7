import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, servedByStep } from './served.ts';

/** Clients that are not ours, each in a world of its own, where they are on the machine. */

/** Dozens of processes of other tools: minutes on a busy machine, seconds on an idle one. */
const TIMEOUT_MS = 300_000;

const run = promisify(execFile);

const works = (command: string, args: readonly string[]): Promise<boolean> =>
  run(command, [...args]).then(
    () => true,
    () => false,
  );

const [hasCli, hasBoto3] = await Promise.all([
  works('aws', ['--version']),
  works('python3', ['-c', 'import boto3']),
]);

describe.each([
  { tool: 'the AWS CLI', there: hasCli, command: 'sh', script: 'drive.sh', lines: 6 },
  { tool: 'boto3', there: hasBoto3, command: 'python3', script: 'drive.py', lines: 15 },
])('$tool', ({ tool, there, command, script, lines }) => {
  const title = 'drives a release that is promoted and one that goes back';
  if (!there) {
    it.skip(`${title} (${tool} is not on this machine)`);
    return;
  }
  let served: Served;
  beforeAll(async () => {
    served = await servedByStep();
  });
  afterAll(async () => {
    await served.close();
  });

  it(title, { timeout: TIMEOUT_MS }, async () => {
    const { stdout } = await run(command, [`test/simulation/serve/${script}`, served.url]);
    const seen = stdout.trim().split('\n');
    expect(seen.filter((line) => !line.startsWith('ok '))).toEqual([]);
    expect(seen).toHaveLength(lines);
    expect(served.complaints).toEqual([]);
  });
});
