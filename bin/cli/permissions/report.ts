import { isClean, type RoleFindings, type UnusedGrant } from './findings.ts';
import type { Proof } from './proof.ts';
import type { Wildcard } from './wildcards.ts';

/** What `npm run permissions` has found out. */
export interface Report {
  readonly findings: readonly RoleFindings[];
  readonly statements: number;
  readonly plays: number;
  /** What went otherwise than the plays expect. */
  readonly troubles: readonly string[];
  /** One for each statement, where they were asked for. */
  readonly proofs: readonly Proof[] | undefined;
}

/** Nothing in vain, every wildcard explained, every play as expected, and every statement proven where that was asked. */
export const isGood = ({ findings, troubles, proofs, statements }: Report): boolean =>
  isClean(findings) &&
  troubles.length === 0 &&
  (proofs === undefined ||
    (proofs.length === statements && proofs.every((proof) => proof.troubles.length > 0)));

const unusedCount = (findings: readonly RoleFindings[]): number =>
  findings.reduce((sum, { unused }) => sum + unused.length, 0);

export function asJson({ findings, statements, plays, troubles, proofs }: Report): object {
  const explained = <One extends { readonly reason: string | undefined }>(one: One) => ({
    ...one,
    reason: one.reason ?? null,
  });
  return {
    roles: findings.map(({ role, unused, wildcards, attached }) => ({
      role,
      unused,
      wildcards: wildcards.map(explained),
      excused: attached.map(explained),
    })),
    unused: unusedCount(findings),
    ...{ statements, plays, troubles },
    ...(proofs === undefined ? {} : { proofs }),
  };
}

export function asText({ findings, statements, plays, proofs }: Report): string {
  const count = unusedCount(findings);
  const inVain = count === 0 ? 'nothing is granted in vain' : `${count} grants are in vain`;
  const lines = [
    ...findings.flatMap(linesOf),
    ...(proofs === undefined ? [] : proofLines(proofs, statements)),
    `${findings.length} roles, ${statements} statements, ${plays} plays: ${inVain}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf({ role, unused, wildcards, attached }: RoleFindings): readonly string[] {
  const rows = [
    ...unused.map(unusedLine),
    ...byReason(wildcards).flatMap(({ actions, resources, reason }) => [
      `  wildcard  ${actions.join(', ')}`,
      ...resources.map((resource) => `            on ${resource}`),
      `            because: ${reason ?? NO_REASON}`,
    ]),
    ...attached.flatMap(({ policy, reason }) => [
      `  excused   policy ${policy} of AWS`,
      `            because: ${reason ?? NO_REASON}`,
    ]),
  ];
  return rows.length === 0 ? [] : [role, ...rows];
}

const NO_REASON = 'NO REASON IS GIVEN';

const unusedLine = ({ sid, action, resource }: UnusedGrant): string =>
  `  in vain   ${action} on ${resource}${sid === undefined ? '' : ` (${sid})`}`;

interface Explained {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly reason: string | undefined;
}

/** Those for one reason are shown as one. */
function byReason(wildcards: readonly Wildcard[]): readonly Explained[] {
  return [...new Set(wildcards.map(({ reason }) => reason))].map((reason) => {
    const own = wildcards.filter((one) => one.reason === reason);
    const unique = (texts: readonly string[]) => [...new Set(texts)];
    return {
      actions: unique(own.map(({ action }) => action)),
      resources: unique(own.map(({ resource }) => resource)),
      reason,
    };
  });
}

function proofLines(proofs: readonly Proof[], statements: number): readonly string[] {
  const vain = proofs.filter(({ troubles }) => troubles.length === 0);
  return [
    ...vain.map(
      ({ statement: { role, policy, index }, play }) =>
        `Without statement ${index} of ${policy} of ${role} nothing fails in ${play}.`,
    ),
    `${proofs.length - vain.length} of ${statements} statements: without it a play fails.`,
  ];
}
