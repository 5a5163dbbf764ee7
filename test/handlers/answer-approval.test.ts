import { createHmac } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UrlRequest } from '../../simulator/aws/function-urls.ts';
import { AwsError } from '../../simulator/contract.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';
import { askingCatalogue } from '../simulation/rig-catalogue.ts';

/** What becomes of the link in a notification: who opens it, who answers by it, and who has a bad one. */

let rig: Rig;
let release: string;
let link: string;
/** Messages of notifications, oldest first. */
const told: Readonly<Record<string, string>>[] = [];

beforeAll(async () => {
  rig = await makeRig({ catalogue: askingCatalogue });
});

/** Sees what is published, whatever else is done to calls. */
const listen = (): void => {
  rig.disturb = ({ operation, input }) => {
    if (operation !== 'Publish') return undefined;
    told.push(JSON.parse((input as { readonly Message: string }).Message));
    return undefined;
  };
};
const asksByLink = () => told.find((message) => 'link' in message)?.['link'];

beforeEach(async () => {
  listen();
  told.length = 0;
  release = await rig.start('release', { image: 'solo' });
  await rig.until('people are asked', () => asksByLink() !== undefined);
  link = asksByLink() ?? '';
});
afterEach(async () => {
  listen();
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});

const token = () => new URL(link).searchParams.get('t') ?? '';
const request = (what: UrlRequest) => rig.drive(rig.account.functionUrls.request(what));
const look = (t = token()) => request({ method: 'GET', url: `${new URL(link).origin}/?t=${t}` });
const send = (fields: Readonly<Record<string, string>>, more: Partial<UrlRequest> = {}) =>
  rig.account.functionUrls.request({
    method: 'POST',
    url: `${new URL(link).origin}/?`,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    body: new URLSearchParams({ t: token(), ...fields }).toString(),
    ...more,
  });
const answer = (fields: Readonly<Record<string, string>>, more?: Partial<UrlRequest>) =>
  rig.drive(send(fields, more));
const yes = { decision: 'approve', name: 'Ann', reason: 'the numbers look good' };
const no = { decision: 'reject', name: 'Bob', reason: 'a bad feeling' };
/** What the link says of itself to whoever decodes it. */
const carried = () =>
  JSON.parse(Buffer.from(token().split('.')[0] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
const question = () => rig.item(`RELEASE#${release.split(':').at(-1)}`, 'APPROVAL#solo#050');
const outcome = async () => {
  await rig.ended(release);
  return rig.release(release)?.outcome;
};

describe('who opens the link', () => {
  it('sees what is asked, and changes nothing, however often', async () => {
    const before = question();
    const shown = [await look(), await look(), await request({ method: 'HEAD', url: link })];
    expect(shown.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(question()).toEqual(before);
    const body = shown[0]?.body ?? '';
    expect(body).toContain('<h1>solo at checkpoint 50 %</h1>');
    expect(body).toMatch(/<dt>Version<\/dt><dd>\d{4}\.\d\d\.\d\d-\d+<\/dd>/);
    expect(body).toContain(before?.link?.asked.replaceAll('>', '&gt;'));
    expect(body).toContain('the fleet goes back');
    expect(body).toMatch(/An answer counts until<\/dt><dd>2026-/);
    await answer(no);
    await rig.quiet();
  });

  it('gets a page that loads nothing, runs nothing, and is kept, framed and told of nowhere', async () => {
    const { headers, body } = await look();
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(body).not.toMatch(/<script|\bon\w+=|src=|href=|style=/i);
    await answer(no);
  });
});

describe('who answers by the link', () => {
  it('lets the rollout go on within seconds, and the ledger says how it came', async () => {
    const { status, body } = await answer({ ...yes, name: '  Ann\u202e\n(ops) ' });
    expect(status).toBe(200);
    expect(body).toContain('approved by Ann (ops) (by link, name not verified)');
    expect(question()).toMatchObject({
      decision: 'approve',
      by: 'Ann (ops) (by link, name not verified)',
      why: 'the numbers look good',
    });
    const answeredMs = rig.world.nowMs();
    await rig.entered('Resume the fleet');
    expect(rig.world.nowMs() - answeredMs).toBeLessThan(10_000);
    expect(await outcome()).toBe('promoted');
  });

  it('hears who was first, when and why, and changes nothing', async () => {
    await answer(yes);
    const first = question();
    const second = await answer(no);
    expect(second.status).toBe(409);
    expect(second.body).toMatch(
      /solo at checkpoint 50 % was approved by Ann \(by link, name not verified\) at 2026-[\dT:-]+Z: the numbers look good/,
    );
    expect(second.body).not.toContain('<form');
    expect(question()).toEqual(first);
    expect((await look()).body).toContain('was approved by Ann');
    // The same at the console.
    const { output } = await (async () => {
      const arn = await rig.start('rollout', {
        ...{ fleet: 'solo', approve: false, by: 'Eve', reason: 'too late' },
      });
      await rig.until('ended', () => !rig.execution(arn).running, 1);
      return rig.outcome(arn);
    })();
    expect(output?.['reason']).toContain('was approved by Ann (by link, name not verified)');
  });

  it('is second to who answered at the console', async () => {
    const arn = await rig.start('rollout', {
      ...{ fleet: 'solo', approve: false, by: 'Eve', reason: 'wrong colours' },
    });
    await rig.until('answered', () => !rig.execution(arn).running, 1);
    expect(await answer(yes)).toMatchObject({
      status: 409,
      body: expect.stringContaining('was rejected by Eve at '),
    });
    expect(await outcome()).toBe('rolled-back');
  });

  it('is one of two who answer at once: exactly one answer holds', async () => {
    const both = await rig.drive(Promise.all([send(yes), send(no)]));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const won = both[0]?.status === 200 ? 'approve' : 'reject';
    expect(question()?.decision).toBe(won);
    expect(await outcome()).toBe(won === 'approve' ? 'promoted' : 'rolled-back');
  });

  it('is too late when the question has expired or nobody waits for it', async () => {
    await rig.entered('Turn back');
    const late = await answer(yes);
    expect(late.status).toBe(409);
    expect(late.body).toContain('Nobody waits for this answer any more');
    expect(await outcome()).toBe('rolled-back');
    expect(await answer(yes)).toMatchObject({ status: 409 });
    expect(question()?.decision).toBeUndefined();
  });

  it('is too late when the question expires while the answer is under way', async () => {
    await rig.world.run({ untilMs: Number(carried()['until']) - 1_000 });
    rig.disturb = ({ operation }) =>
      operation === 'VerifyMac' ? { holdAnswerMs: 1_500 } : undefined;
    const { status, body } = await answer(yes);
    expect([status, body]).toEqual([
      409,
      expect.stringMatching(/when this question expired at|on its way back already/),
    ]);
    expect(question()?.decision).toBeUndefined();
  });
});

describe('a form that cannot be taken', () => {
  it.each<[string, Record<string, string>, string]>([
    ['without a name', { ...yes, name: ' \n' }, 'by: expected 1 to 200 characters, got 0'],
    ['without a reason', { ...yes, reason: '' }, 'why: expected 1 to 500 characters, got 0'],
    ['with too long a name', { ...yes, name: 'x'.repeat(201) }, 'got 201'],
    ['with too long a reason', { ...yes, reason: 'x'.repeat(501) }, 'got 501'],
    ['without a button', { name: 'Ann', reason: 'why not' }, 'one of the two buttons'],
    ['with a button of its own', { ...yes, decision: 'APPROVE' }, 'one of the two buttons'],
  ])('%s is shown again and decides nothing', async (_, fields, why) => {
    const { status, body } = await answer(fields);
    expect(status).toBe(400);
    expect(body).toContain(why);
    expect(body).toContain('<form');
    expect(question()?.decision).toBeUndefined();
    await answer(no);
  });

  it('comes back with nothing of it taken for markup', async () => {
    const evil = `"><script>alert('1')</script>&`;
    const { body } = await answer({ decision: 'no', name: evil, reason: `</textarea>${evil}` });
    expect(body).not.toContain('<script>');
    expect(body).toContain(
      'value="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;"',
    );
    expect(body).toContain('&lt;/textarea&gt;');
    await answer(no);
  });

  it.each<[string, Partial<UrlRequest>, number]>([
    ['of another type', { headers: { 'content-type': 'text/plain' } }, 415],
    ['without a type', { headers: {} }, 415],
    ['by another method', { method: 'PUT' }, 405],
    ['that is too large', { body: `t=${'x'.repeat(20_000)}` }, 413],
  ])('%s is refused', async (_, more, status) => {
    expect((await answer(yes, more)).status).toBe(status);
    expect(question()?.decision).toBeUndefined();
    await answer(no);
  });

  it('at another path is at none', async () => {
    const { origin } = new URL(link);
    const paths = ['/favicon.ico', '/robots.txt', '/x'];
    for (const path of paths) {
      expect((await request({ method: 'GET', url: `${origin}${path}` })).status).toBe(404);
    }
    await answer(no);
  });
});

describe('a link that is not good', () => {
  /** Signed as Kiln does, with another key or for something else. */
  const forged = (carried: object, secret: string, prefix = 'kiln-answer-link-1:') => {
    const text = Buffer.from(JSON.stringify(carried)).toString('base64url');
    const mac = createHmac('sha256', secret).update(`${prefix}${text}`).digest('base64url');
    return `${text}.${mac}`;
  };
  it('gets the same words, whatever is wrong with it, and decides nothing', async () => {
    const [text = '', mac = ''] = token().split('.');
    const later = { ...carried(), until: Number(carried()['until']) + 3_600_000 };
    const elsewhere = { ...carried(), sk: 'APPROVAL#solo#100' };
    const bad = [
      '',
      'x',
      text,
      `${text}.`,
      `${text}.${mac.slice(1)}`,
      `${text}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
      `${text}A.${mac}`,
      `${Buffer.from(JSON.stringify(later)).toString('base64url')}.${mac}`,
      `${Buffer.from(JSON.stringify(elsewhere)).toString('base64url')}.${mac}`,
      forged(carried(), 'the key of another deployment'),
      `${token()}.${mac}`,
      'x'.repeat(5_000),
    ];
    const shown = [];
    for (const t of bad) {
      shown.push(await look(encodeURIComponent(t)), await answer({ ...yes, t }));
    }
    const answers = new Set(shown.map(({ status, body }) => `${status} ${body}`));
    expect([...answers]).toEqual([expect.stringMatching(/^403 .*/s)]);
    expect([...answers].join()).not.toContain('solo');
    expect(question()?.decision).toBeUndefined();
    await answer(no);
  });

  it('is one of an earlier question too, when that is bound to another', async () => {
    const before = question();
    await rig.put({ ...before, link: { ...before?.link, nonce: 'of another question' } });
    expect((await look()).status).toBe(403);
    expect((await answer(yes)).status).toBe(403);
    await rig.put({ ...before });
    expect((await answer(no)).status).toBe(200);
  });

  it('is never logged, nor is one that is good', async () => {
    await answer(no);
    await rig.quiet();
    const [text = '', mac = ''] = token().split('.');
    const logs = JSON.stringify(rig.logs);
    expect(logs).toContain('answered by link');
    for (const part of [text, mac]) expect(logs).not.toContain(part);
    const history = JSON.stringify(
      rig.account.stepFunctions.executions().map(({ outputText, input }) => [outputText, input]),
    );
    expect(history).not.toContain(mac);
  });
});

describe('the function that asks', () => {
  it('sends the same link again when it is not known whether people have heard', async () => {
    await answer(no);
    await rig.quiet();
    told.length = 0;
    const hear = rig.disturb;
    let tries = 0;
    rig.disturb = (call) => {
      hear(call);
      if (call.operation !== 'Publish') return undefined;
      tries += 1;
      return tries > 4 ? undefined : { loseAnswer: true };
    };
    release = await rig.start('release', { image: 'solo' });
    await rig.until('people are asked', () => tries > 4);
    await rig.entered('Supervise the rollout');
    const links = told.map((message) => message['link']);
    expect(links.length).toBeGreaterThan(4);
    expect(new Set(links).size).toBe(1);
    link = links[0] ?? '';
    expect((await answer(no)).status).toBe(200);
  });

  it('makes a link to any question that the ledger has, whatever it is about', async () => {
    await answer(no);
    await rig.quiet();
    told.length = 0;
    const key = { pk: 'RELEASE#other', sk: 'APPROVAL-OF-WAVE#first' };
    await rig.put({
      ...key,
      ...{ wave: 'first', expiresSeconds: 600, askedAt: new Date(rig.world.nowMs()).toISOString() },
    });
    const asked = await rig.invoke('AskPeople', {
      question: { ...key, subject: 'wave first' },
      executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:kiln-main-release:other',
      ...{ asked: 'all green', otherwise: 'the release goes back' },
      notification: { subject: 'Kiln: wave first', message: { wave: 'first' } },
    });
    expect(asked).toEqual({ asked: 'wave first' });
    expect(told).toEqual([{ wave: 'first', link: expect.stringMatching(/^https:/) }]);
    link = told[0]?.['link'] ?? '';
    const { body } = await look();
    for (const said of ['wave first', 'all green', 'the release goes back']) {
      expect(body).toContain(said);
    }
    expect((await answer(yes)).status).toBe(200);
    expect(rig.item(key.pk, key.sk)).toMatchObject({ wave: 'first', decision: 'approve' });
    expect((await answer(no)).status).toBe(409);
  });

  it('asks nothing that the ledger does not have', async () => {
    await answer(no);
    told.length = 0;
    const reply = await rig.invoke('AskPeople', {
      question: { pk: 'RELEASE#none', sk: 'APPROVAL#none', subject: 'nothing' },
      ...{ executionArn: 'arn', asked: 'green', otherwise: 'nothing' },
      notification: { subject: 'Kiln', message: {} },
    });
    expect(reply.errorMessage).toContain('the ledger has no question RELEASE#none APPROVAL#none');
    expect(told.filter((message) => 'link' in message)).toEqual([]);
  });
});

describe('when KMS does not answer', () => {
  it('the page says that nothing was decided, and the link works later', async () => {
    rig.disturb = ({ operation }) =>
      operation === 'VerifyMac'
        ? { fail: new AwsError('KMSInternalException', 'no', 500) }
        : undefined;
    const { status, body } = await answer(yes);
    expect(status).toBe(503);
    expect(body).toContain('Nothing was decided');
    expect(JSON.stringify(rig.logs)).not.toContain(token());
    expect(question()?.decision).toBeUndefined();
    listen();
    expect((await answer(no)).status).toBe(200);
  });

  it('people are told without a link, and answer another way', async () => {
    await answer(no);
    await rig.quiet();
    told.length = 0;
    const refused = new AwsError('KMSInternalException', 'no', 500);
    const hear = rig.disturb;
    rig.disturb = (call) => (call.operation === 'GenerateMac' ? { fail: refused } : hear(call));
    const again = await rig.start('release', { image: 'solo' });
    await rig.entered('Ask for approval without a link');
    await rig.until('people are asked', () => told.length > 0);
    expect(told[0]).toMatchObject({
      fleet: 'solo',
      howToAnswer: expect.stringContaining('start this state machine (kiln-main-rollout)'),
    });
    expect(told[0]).not.toHaveProperty('link');
    await rig.start('rollout', { fleet: 'solo', approve: true, by: 'Eve', reason: 'fine' });
    await rig.ended(again);
    expect(rig.release(again)?.outcome).toBe('promoted');
  });
});
