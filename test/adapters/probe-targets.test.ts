import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type AttemptPorts, nodePorts } from '../../lambdas/adapters/probe-attempt.ts';
import { probeTargets } from '../../lambdas/adapters/probe-targets.ts';
import { addressRefusal } from '../../lambdas/core/probe/address.ts';
import type { ProbeTarget } from '../../lambdas/core/probe/exchange.ts';
import type { ProbeRequirements } from '../../lambdas/core/probe/policy.ts';

/** Against real servers on this machine: loopback is let through here, which no deployed prober does. */

const pem = (name: string) =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
const NAME = 'shop.example.com';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: http.Server | https.Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // What the prober breaks off breaks here as well.
    socket.on('error', () => undefined);
  });
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const serve = (answer: http.RequestListener) => listen(http.createServer(answer));
const body = (text: string, status = 200) =>
  serve((_, response) => response.writeHead(status).end(text));

const here: AttemptPorts = {
  ...nodePorts(() => undefined),
  lookup: async () => [{ address: '127.0.0.1', family: 4 }],
};

const aTarget = (port: number, changed: Partial<ProbeTarget> = {}): ProbeTarget => ({
  ...{ target: 'it', scheme: 'http', connectTo: NAME, port, path: '/health?deep=1' },
  host: NAME,
  ...changed,
});

const once: ProbeRequirements = {
  ...{ method: 'GET', headers: {}, attempts: 1, passes: 1, timeoutSeconds: 20 },
};

async function tallyOf(
  port: number,
  asked: Partial<ProbeRequirements> = {},
  ports: AttemptPorts = here,
  changed: Partial<ProbeTarget> = {},
) {
  const request = {
    version: 1,
    targets: [aTarget(port, changed)],
    asked: { ...once, ...asked },
  } as const;
  const { targets } = await probeTargets({ ...request, targets: [...request.targets] }, ports);
  return targets[0];
}

describe('one request', () => {
  it('is what it was asked to be', async () => {
    const seen: unknown[] = [];
    const port = await serve(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const { host, accept, connection } = request.headers;
      seen.push([request.method, request.url, host, accept, connection, text]);
      response.end('{"status": "up"}');
    });
    const tally = await tallyOf(port, {
      ...{ method: 'POST', headers: { accept: 'text/plain' }, body: 'ping ü' },
      ...{ contains: 'up', matches: '"status": *"up"' },
    });
    expect(tally).toMatchObject({ passed: 1, failed: 0, notMade: 0 });
    expect(seen).toEqual([['POST', '/health?deep=1', NAME, 'text/plain', 'close', 'ping ü']]);
  });

  it.each([
    ['a status that is not asked for', 500, {}, 'status 500 is not 200 to 299'],
    ['of several', 503, { statuses: [200, 204] }, 'status 503 is not 200 or 204'],
    ['a body without the text', 200, { contains: 'ready' }, 'no "ready" in 5 bytes of body'],
    [
      'a body that does not match',
      200,
      { matches: '^o+$' },
      'nothing that matches "^o+$" in 5 bytes of body',
    ],
  ])('%s fails', async (_, status, asked, reason) => {
    const tally = await tallyOf(await body('hello', status), asked);
    expect(tally).toMatchObject({ passed: 0, failed: 1, reason });
  });

  it('that takes too long fails with its milliseconds', async () => {
    const port = await serve((_, response) => void setTimeout(() => response.end('ok'), 60));
    const tally = await tallyOf(port, { latencyMsMax: 20 });
    expect(tally?.reason).toMatch(/^\d+ ms > latencyMs 20$/);
    expect(tally?.failed).toBe(1);
  });

  it('is never redirected, not to the same place either', async () => {
    const paths: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    });
    expect((await tallyOf(port))?.reason).toBe(
      'status 302 is not 200 to 299 (redirects are not followed, this one leads to http://169.254.169.254/latest/meta-data/)',
    );
    expect(await tallyOf(port, { statuses: [302] })).toMatchObject({ passed: 1 });
    expect(paths).toEqual(['/health?deep=1', '/health?deep=1']);
  });

  it('ends with its timeout when nothing is answered', async () => {
    const port = await serve(() => undefined);
    expect(await tallyOf(port, { timeoutSeconds: 1 })).toEqual({
      ...{ target: 'it', passed: 0, failed: 1, notMade: 0 },
      reason: 'no answer within 1000 ms',
    });
  });

  it('ends with its timeout when the body comes drop by drop', async () => {
    const port = await serve((_, response) => {
      const drip = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(drip));
    });
    expect((await tallyOf(port, { timeoutSeconds: 1 }))?.reason).toMatch(
      /^status 200 and \d+ bytes of body, but not its end within 1000 ms$/,
    );
  });

  it('reads so much of a body and no more', async () => {
    let broken = false;
    const port = await serve((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', pour).on('close', () => {
        broken = true;
      });
      pour();
    });
    expect(await tallyOf(port)).toMatchObject({ passed: 1 });
    expect((await tallyOf(port, { contains: 'end' }))?.reason).toBe(
      'no "end" in the first 65536 bytes of body',
    );
    await expect.poll(() => broken).toBe(true);
  });

  it('fails when the body breaks off', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    expect((await tallyOf(port))?.reason).toBe('the body broke off after 4 bytes');
  });

  it('fails when nobody listens', async () => {
    const server = http.createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const tally = await tallyOf(port);
    expect(tally).toMatchObject({ failed: 1, notMade: 0 });
    expect(tally?.reason).toContain('ECONNREFUSED');
  });

  it('fails when what answers is not HTTP', async () => {
    const port = await serve((request) => void request.socket.end('SSH-2.0-OpenSSH\r\n'));
    expect((await tallyOf(port))?.failed).toBe(1);
  });
});

describe('with TLS', () => {
  const secure = () =>
    listen(
      https.createServer({ key: pem('key'), cert: pem('certificate') }, (_, response) =>
        response.end('ok'),
      ),
    );
  const trusting: AttemptPorts = {
    ...here,
    request: {
      http: http.request,
      https: ((options: https.RequestOptions) =>
        https.request({ ...options, ca: pem('certificate') })) as typeof http.request,
    },
  };

  it('a certificate for the name passes, whatever the address is', async () => {
    const tally = await tallyOf(await secure(), {}, trusting, { scheme: 'https' });
    expect(tally).toMatchObject({ passed: 1 });
  });

  it('one for another name fails', async () => {
    const changed = { scheme: 'https', host: 'other.example.com' } as const;
    const tally = await tallyOf(await secure(), {}, trusting, changed);
    expect(tally).toMatchObject({ failed: 1, notMade: 0 });
    expect(tally?.reason).toContain('other.example.com');
  });

  it('one that nobody vouches for fails', async () => {
    const tally = await tallyOf(await secure(), {}, here, { scheme: 'https' });
    expect(tally).toMatchObject({
      failed: 1,
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate',
    });
  });
});

describe('the address', () => {
  const refusing = (lookup: AttemptPorts['lookup']): AttemptPorts => ({
    ...nodePorts((address) => addressRefusal(address, 'internet')),
    lookup,
  });
  const never = serve.bind(undefined, () => {
    throw new Error('was connected to');
  });

  it.each(['127.0.0.1', '169.254.169.254', '10.0.0.5', '::1', '::ffff:127.0.0.1', '100.64.3.1'])(
    '%s is never connected to by a prober outside of a VPC',
    async (address) => {
      const ports = refusing(async () => [{ address, family: address.includes(':') ? 6 : 4 }]);
      const tally = await tallyOf(await never(), {}, ports);
      expect(tally).toMatchObject({ passed: 0, failed: 0, notMade: 1 });
      expect(tally?.reason).toContain(`no connection to ${NAME}: ${address} is `);
    },
  );

  it('is refused when one of several of a name is', async () => {
    const ports = refusing(async () => [
      { address: '52.95.110.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ]);
    expect((await tallyOf(1, {}, ports))?.reason).toContain('169.254.169.254 is link-local');
  });

  it('is looked up once, and what was looked at is what is connected to', async () => {
    const port = await body('ok');
    let asked = 0;
    const rebinding: AttemptPorts = {
      ...here,
      // Harmless the first time; whoever asked again would be sent to the metadata service.
      lookup: async () => {
        asked += 1;
        return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
      },
      refusal: (address) => (address === '127.0.0.1' ? undefined : 'elsewhere'),
    };
    expect(await tallyOf(port, {}, rebinding)).toMatchObject({ passed: 1 });
    expect(asked).toBe(1);
  });

  it('is one of IPv4 where there is one', async () => {
    const ports: AttemptPorts = {
      ...here,
      lookup: async () => [
        { address: '2600::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
    };
    expect(await tallyOf(await body('ok'), {}, ports)).toMatchObject({ passed: 1 });
  });

  it.each([
    ['ENOTFOUND', 'failed', `${NAME} does not exist (ENOTFOUND)`],
    ['EAI_AGAIN', 'notMade', `${NAME} could not be resolved (EAI_AGAIN)`],
    ['ESERVFAIL', 'notMade', `${NAME} could not be resolved (ESERVFAIL)`],
  ])('that is not found (%s) counts as %s', async (code, counts, reason) => {
    const ports: AttemptPorts = {
      ...here,
      lookup: () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code })),
    };
    expect(await tallyOf(1, {}, ports)).toMatchObject({ [counts]: 1, reason });
  });

  it('that takes too long to find tells nothing, and nothing is sent to it later', async () => {
    let found: (addresses: readonly { address: string; family: number }[]) => void = () =>
      undefined;
    const ports: AttemptPorts = {
      ...here,
      lookup: () =>
        new Promise((resolve) => {
          found = resolve;
        }),
    };
    const tally = await tallyOf(await never(), { timeoutSeconds: 1 }, ports);
    expect(tally).toMatchObject({ notMade: 1, reason: `${NAME} was not resolved within 1000 ms` });
    found([{ address: '127.0.0.1', family: 4 }]);
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('N of M', () => {
  const answering = (...statuses: readonly number[]) => {
    const left = [...statuses];
    return serve((_, response) => response.writeHead(left.shift() ?? 599).end());
  };

  it.each([
    ['stops when enough have passed', [200, 200, 500], { passed: 2, failed: 0 }],
    ['goes on past a failure', [500, 200, 200], { passed: 2, failed: 1 }],
    ['stops when too many have failed', [500, 500, 200], { passed: 0, failed: 2 }],
  ])('%s', async (_, statuses, expected) => {
    const tally = await tallyOf(await answering(...statuses), { attempts: 3, passes: 2 });
    expect(tally).toMatchObject(expected);
  });

  it('is of each target for itself, side by side', async () => {
    const good = await body('ok');
    const bad = await body('no', 500);
    const targets = [
      aTarget(good, { target: 'i-1' }),
      aTarget(bad, { target: 'i-2' }),
      aTarget(good, { target: 'i-3' }),
    ];
    const answer = await probeTargets({ version: 1, targets, asked: once }, here);
    expect(answer.targets.map(({ target, passed }) => [target, passed])).toEqual([
      ['i-1', 1],
      ['i-2', 0],
      ['i-3', 1],
    ]);
  });
});
