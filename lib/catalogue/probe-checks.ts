import { parsePattern } from '../../lambdas/core/probe/pattern.ts';
import { ATTEMPTS_SECONDS_MAX, placeKey } from '../../lambdas/core/probe/policy.ts';
import { type Finding, type Path, shown } from './catalogue-error.ts';
import { durationText, secondsOr } from './duration.ts';
import { isToken } from './explain.ts';
import { probeDefaults, probeGate } from './probe-policy.ts';
import type { ProbeDefinition } from './probe-schema.ts';

/** What no schema of a single value can say about a probe. */
export const checkProbe = (probe: ProbeDefinition, path: Path): readonly Finding[] => [
  ...checkTarget(probe, path),
  ...checkRequest(probe, path),
  ...checkAttempts(probe, path),
  ...checkPattern(probe, path),
];

const finding = (path: Path, expected: string, came: string): Finding => ({
  ...{ path, expected, came },
  at: 'value',
});

function checkTarget({ url, perInstance, vpc }: ProbeDefinition, path: Path): readonly Finding[] {
  if ((url === undefined) === (perInstance === undefined)) {
    const came = url === undefined ? 'neither' : 'both';
    return [finding(path, 'exactly one of the keys url, perInstance', came)];
  }
  if (url !== undefined) return checkUrl(url, [...path, 'url']);
  const at = [...path, 'perInstance'];
  const findings: Finding[] = [];
  if (vpc === undefined) {
    const wanted = 'vpc with subnets and security groups from which the instances are reached';
    findings.push(finding([...path, 'vpc'], wanted, 'nothing'));
  }
  if (perInstance?.scheme === 'https' && perInstance.host === undefined) {
    const wanted = 'the name that the certificates of the instances are for, as they are verified';
    findings.push(finding([...at, 'host'], wanted, 'nothing'));
  }
  const settle = perInstance?.settle;
  if (secondsOr(settle, 0) > settleSecondsMax) {
    const wanted = `at most ${durationText(settleSecondsMax)}: younger instances are not judged`;
    findings.push(finding([...at, 'settle'], wanted, shown(settle)));
  }
  return findings;
}

/** A fleet that is all younger has no verdict, and nobody means that to last. */
const settleSecondsMax = 3600;

function checkUrl(url: string, path: Path): readonly Finding[] {
  // Known at deployment only.
  if (isToken(url)) return [];
  if (!URL.canParse(url)) {
    return [finding(path, 'a URL such as https://shop.example.com/health', shown(url))];
  }
  const { hostname, username, password, hash } = new URL(url);
  if (username !== '' || password !== '') {
    const expected = 'a URL without user and password: who may read the catalogue reads them';
    return [finding(path, expected, 'one with them')];
  }
  if (hash !== '') {
    return [finding(path, 'a URL without what comes after #, which is never sent', shown(hash))];
  }
  const isName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*\.?$/.test(hostname);
  if (isName) return [];
  const expected = 'a host by its full name, which its certificate is for, not by an address';
  return [finding(path, expected, shown(hostname))];
}

/** Set by the prober, or about the connection, which is its own. */
const ownHeaders =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|proxy-.*)$/i;

function checkRequest(
  { method = 'GET', body, headers = {} }: ProbeDefinition,
  path: Path,
): readonly Finding[] {
  const own = Object.keys(headers).filter((name) => ownHeaders.test(name));
  return [
    ...own.map((name) => ({
      ...finding([...path, 'headers', name], 'no header that the prober sets by itself', name),
      at: 'key' as const,
    })),
    ...(body !== undefined && method !== 'POST'
      ? [finding([...path, 'body'], 'method: POST where there is a body', shown(method))]
      : []),
  ];
}

function checkAttempts({ attempts, timeout }: ProbeDefinition, path: Path): readonly Finding[] {
  const { of, atLeast } = attempts ?? probeDefaults.attempts;
  const seconds = secondsOr(timeout, probeDefaults.timeoutSeconds);
  const findings: Finding[] = [];
  if (atLeast > of) {
    const expected = `at most the ${of} attempts that there are`;
    findings.push(finding([...path, 'attempts', 'atLeast'], expected, `${atLeast}`));
  }
  const most = Math.floor(ATTEMPTS_SECONDS_MAX / of);
  if (seconds < 1 || seconds > most) {
    const why = `${of} attempts have ${durationText(ATTEMPTS_SECONDS_MAX)} together`;
    findings.push(
      finding([...path, 'timeout'], `from 1s to ${durationText(most)}, as ${why}`, shown(timeout)),
    );
  }
  return findings;
}

function checkPattern({ expect }: ProbeDefinition, path: Path): readonly Finding[] {
  if (expect?.matches === undefined) return [];
  const parsed = parsePattern(expect.matches);
  if (parsed.ok) return [];
  const expected = `a pattern without groups, counts and references (${parsed.problem})`;
  return [finding([...path, 'expect', 'matches'], expected, shown(expect.matches))];
}

/** Each place is a function with network interfaces of its own, and all are named in one environment of 4 KB. */
const placesMax = 10;

/** `probes`: those of all fleets and waves, with where they stand. */
export function checkPlaces(
  probes: readonly { readonly probe: ProbeDefinition; readonly path: Path }[],
): readonly Finding[] {
  const places = new Set<string>();
  for (const { probe, path } of probes) {
    places.add(placeKey(probeGate(probe, 'enforce').vpc));
    if (places.size > placesMax) {
      const expected = `at most ${placesMax} different places in the probes of a hub: each is a function of its own`;
      return [finding([...path, 'vpc'], expected, `${places.size}`)];
    }
  }
  return [];
}
