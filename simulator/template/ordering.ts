/**
 * Puts names behind all that they depend on, else keeps their order. Dependencies on names outside of the list are ignored.
 * @throws Error naming a circle
 */
export function inDependencyOrder(
  names: readonly string[],
  dependenciesOf: (name: string) => Iterable<string>,
): readonly string[] {
  const known = new Set(names);
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name) || !known.has(name)) {
      return;
    }
    if (path.includes(name)) {
      throw new Error(
        `circular dependency: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}`,
      );
    }
    for (const dependency of dependenciesOf(name)) {
      visit(dependency, [...path, name]);
    }
    done.add(name);
  };
  for (const name of names) {
    visit(name, []);
  }
  return [...done];
}
