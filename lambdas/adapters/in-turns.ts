/**
 * Does this for every item, so many at a time, and answers in the order of the items. The first failure fails all; what is
 * under way then is not waited for.
 */
export async function inTurns<Item, Answer>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers = new Array<Answer>(items.length);
  const open = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of open) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
  return answers;
}
