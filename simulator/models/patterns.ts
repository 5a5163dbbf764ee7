/** The models' patterns are written for Java; this says the same for JavaScript. */

const surrogates = /\\u[dD][89abAB][0-9a-fA-F]{2}/;
const property = /\\[pP]\{/;
/** Escapes that JavaScript refuses once it reads a pattern as code points. */
const needless = /\\([^\w^$\\.*+?()[\]{}|/-]|_)/g;

/**
 * The whole text must match, as AWS has it: `Not Installed` is refused by `[a-zA-Z0-9-_]+`.
 * @throws SyntaxError for a pattern that JavaScript cannot read
 */
export function patternOf(java: string): RegExp {
  const whole = `^(?:${java})$`;
  if (!surrogates.test(java) && !property.test(java)) return new RegExp(whole);
  return new RegExp(whole.replace(needless, '$1'), 'u');
}
