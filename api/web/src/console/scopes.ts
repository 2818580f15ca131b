/** Tag is a part of the interface, and what may be done with it: read, write, or both. */
export interface Tag {
  tag: string;
  ways: string[];
}

/** tagsOf groups scopes such as days:read by their part, reading before writing. */
export function tagsOf(scopes: readonly string[]): Tag[] {
  const tags = new Map<string, string[]>();
  for (const scope of scopes) {
    const [tag = "", way = ""] = scope.split(":");
    tags.set(tag, [...(tags.get(tag) ?? []), way]);
  }
  return [...tags].map(([tag, ways]) => ({ tag, ways: ways.sort() }));
}
