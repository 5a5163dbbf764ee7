import { textMember } from '../invariants/witness.ts';

/** Names as people say them. */

/** `Release by-hand-1` of `arn:…:execution:kiln-main-release:by-hand-1`. */
export const shortName = (executionArn: string): string =>
  `${workflowOf(executionArn)} ${cut(executionArn.split(':').at(-1) ?? '')}`;

/** `Rollout web-prod`: by the image or the fleet that its input names. */
export function subjectOf(executionArn: string, input: unknown): string {
  const subject = textMember(input, 'fleet') ?? textMember(input, 'image');
  if (subject !== undefined) return `${workflowOf(executionArn)} ${subject}`;
  return textMember(input, 'executionArn') === undefined
    ? shortName(executionArn)
    : workflowOf(executionArn);
}

function workflowOf(executionArn: string): string {
  const workflow = executionArn.split(':').at(-2)?.split('-').at(-1) ?? '';
  return `${workflow.charAt(0).toUpperCase()}${workflow.slice(1)}`;
}

const NAME_CHARACTERS = 28;

/** The beginning tells what it is, the end which. */
function cut(name: string): string {
  if (name.length <= NAME_CHARACTERS) return name;
  return `${name.slice(0, NAME_CHARACTERS - 8)}…${name.slice(-7)}`;
}

/** `2 h 5 min`, `10 min`, `45 s`. */
export function spanShown(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `10:05:30` in UTC. */
export const clockShown = (atMs: number): string => new Date(atMs).toISOString().slice(11, 19);

/** `2026-11-23`. */
export const dateShown = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
