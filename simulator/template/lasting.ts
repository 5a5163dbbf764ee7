/**
 * Resources whose service keeps what they hold (items, messages) when a template drops them, so that auditors can still read
 * it. One that comes again under its old name, by undoing or by deploying anew, finds it as it was.
 */
export class Lasting<Definition> {
  private readonly made = new Map<string, string>();
  private readonly add: (definition: Definition) => void;

  constructor(add: (definition: Definition) => void) {
    this.add = add;
  }

  /** @throws Error when it exists under this ARN and is another */
  make(arn: string, definition: Definition): void {
    const text = JSON.stringify(definition);
    const before = this.made.get(arn);
    if (before === undefined) {
      this.add(definition);
      this.made.set(arn, text);
    } else if (before !== text) {
      throw new Error(`${arn} exists and is another`);
    }
  }
}
