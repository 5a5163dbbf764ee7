import type { Key } from '../core/keys.ts';
import { Question, type QuestionLink } from '../core/question.ts';
import { read, write } from './table.ts';

/** A question to people, whatever it is about. */
export const findQuestion = (key: Key): Promise<Question | undefined> => read(key, Question);

/** Binds a question to the links that are sent for it. False when it is bound already. */
export const linkQuestion = (key: Key, link: QuestionLink): Promise<boolean> =>
  write({ update: key, set: { link }, when: { absent: ['link'] } });
