import { createHash } from 'node:crypto';

/** A source of a content security policy: what has exactly this content. @see Content Security Policy Level 3, "Usage" */
export const contentHash = (content: string): string =>
  `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
