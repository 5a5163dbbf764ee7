/**
 * The errors that a workflow treats differently. Step Functions matches on the name, so every `Retry` and `Catch`
 * and every `throw` takes it from this table. Names are literals: bundlers rename classes.
 */
export const ErrorName = {
  /** The execution's input is not one that the workflow takes; the message names the field and shows an example. */
  InvalidInput: 'InvalidInput',
  /** The fleet or image belongs to another execution by now; whoever gets this stops without another act. */
  Outbid: 'Outbid',
  /** A thing that somebody else owns stands in the way for now. Retried every half minute, for five minutes. */
  Busy: 'Busy',
  /** The image is claimed by another release, and what was asked cannot be merged into a follow-up. */
  ImageBusy: 'ImageBusy',
  /** AWS throttled, timed out or had a fault of its own, also after the SDK's own tries. Retried. */
  Transient: 'Transient',
  /** AWS answered something that should not be possible here; the message says what. Not retried. */
  Unexpected: 'Unexpected',
} as const;
export type ErrorName = (typeof ErrorName)[keyof typeof ErrorName];

export class KilnError extends Error {
  override readonly name: ErrorName;
  constructor(name: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}
