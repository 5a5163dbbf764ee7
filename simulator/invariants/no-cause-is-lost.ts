import type { AuditedRelease } from './ledger-view.ts';
import {
  type Invariant,
  isRunning,
  member,
  textMember,
  type Witness,
  type WitnessedExecution,
} from './witness.ts';

/** After a change of a base image: its check interval, and this long for the check itself. */
const CHECK_SLACK_MS = 10 * 60_000;

/**
 * 5. No cause is lost: each ends in a release, or merged into one, or is named as a duplicate. Judged at the end of a
 * history in which nothing runs any more.
 */
export const noCauseIsLost: Invariant = (witness, broke) => {
  const values = new Map<string, { value: string | undefined; sinceMs: number; first: boolean }>();
  const parameters = Object.values(witness.catalogue.images).flatMap(({ name, base }) =>
    base.kind === 'ssm' ? [{ image: name, parameter: base.parameter }] : [],
  );

  const sample = (): void => {
    for (const { parameter } of parameters) {
      const value = witness.parameter(parameter);
      const known = values.get(parameter);
      if (known !== undefined && known.value === value) continue;
      values.set(parameter, { value, sinceMs: witness.nowMs(), first: known === undefined });
    }
  };

  const moved = (): void => {
    const checkMs = witness.catalogue.checkBaseImagesEverySeconds * 1000 + CHECK_SLACK_MS;
    for (const { image, parameter } of parameters) {
      const { value, sinceMs, first } = values.get(parameter) ?? {};
      if (value === undefined || sinceMs === undefined || first === true) continue;
      if (witness.nowMs() < sinceMs + checkMs || isTold(witness, image, value)) continue;
      broke(`base image ${parameter} of ${image} moved to ${value}, and no release has seen to it`);
    }
  };
  return {
    minute: sample,
    end: () => {
      sample();
      moved();
      for (const { image, text } of witness.ledger().pending ?? []) {
        broke(`causes of image ${image} are pending, and no release follows up: ${text}`);
      }
      // Of what came after the hour to which a person has put the ledger back nothing can be known.
      const wentBackMs = witness.ledgerWentBackMs?.() ?? 0;
      for (const execution of witness.executions()) {
        if (execution.startedMs < wentBackMs) continue;
        const lost = execution.workflow === 'release' ? lostBy(witness, execution) : undefined;
        if (lost !== undefined) broke(`Release ${execution.name} ${lost}`);
      }
    },
  };
};

/** Some release that has ended knows this change, or a merged one that names its cause. */
function isTold(witness: Witness, image: string, value: string): boolean {
  const { releases, causes, duplicates } = witness.ledger();
  const ended = releases.filter((one) => one.image === image && one.outcome !== undefined);
  if (ended.some(({ cause }) => cause.to === value)) return true;
  const marks = [...causes, ...duplicates].filter(
    (mark) => mark.image === image && mark.text.includes(value),
  );
  return marks.some(({ causeId }) => isSeenTo(ended, causeId));
}

/** A release of this cause, or of one that it was merged into, has ended. */
const isSeenTo = (releases: readonly AuditedRelease[], causeId: string): boolean =>
  releases.some(
    ({ cause, outcome }) =>
      outcome !== undefined && (cause.id === causeId || cause.causes?.includes(causeId) === true),
  );

/** What became of the wish that an execution of Release stands for, if that is nothing. */
function lostBy(witness: Witness, execution: WitnessedExecution): string | undefined {
  const { releases, causes, duplicates } = witness.ledger();
  const own = releases.find(({ id }) => id === execution.name);
  if (own?.outcome !== undefined) return undefined;
  if (isRunning(execution)) return 'still runs';
  if (own !== undefined) return `ended ${execution.status}, and its release has no outcome`;
  // Told at once to the person who asked, who may ask again.
  if (execution.error === 'InvalidInput' || execution.error === 'ImageBusy') return undefined;
  // Whoever started it by hand sees in the console how it ended; a cause that Kiln was told of must not depend on that.
  if (member(execution.input, 'cause') === undefined) return undefined;
  const causeId = textMember(member(execution.input, 'cause'), 'id');
  if (causeId !== undefined && isSeenTo(releases, causeId)) return undefined;
  const kind = member(execution.output, 'kind');
  if (kind === 'duplicate' || kind === 'merged') return undefined;
  const marked = [...causes, ...duplicates].some(({ text }) => text.includes(execution.name));
  return marked ? undefined : `ended ${execution.status}, and the ledger does not know of it`;
}
