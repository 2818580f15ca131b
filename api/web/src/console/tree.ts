interface Node {
  id: string;
  parent: string;
}

/** treeOf lists a tree from above, each with its depth; what has no parent in the list is at the top. */
export function treeOf<T extends Node>(items: T[]): { item: T; depth: number }[] {
  const ids = new Set(items.map((item) => item.id));
  const below = (parent: string, depth: number): { item: T; depth: number }[] =>
    items
      .filter((item) => (ids.has(item.parent) && item.parent !== item.id ? item.parent : "") === parent)
      .flatMap((item) => [{ item, depth }, ...below(item.id, depth + 1)]);
  return below("", 0);
}
