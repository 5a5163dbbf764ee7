/** What the person at the keyboard can mend: its message is all that they need to see. */
export class UserMistake extends Error {
  override readonly name = 'UserMistake';
}

/** Exit codes of every command. */
export const ExitCode = { asExpected: 0, notAsExpected: 1, mistake: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
