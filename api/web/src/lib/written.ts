const listeners = new Set<() => void>();

/** onWritten is told whenever a command was taken: what was filled in is kept by then. */
export function onWritten(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** noteWritten says that a command was taken. */
export function noteWritten(): void {
  for (const listener of listeners) listener();
}
