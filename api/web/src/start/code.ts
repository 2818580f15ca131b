/** codeOf takes the code out of what was typed or pasted: a code, with or without dashes, or a whole link. */
export function codeOf(text: string): string {
  const last = text.trim().split("/join/").pop() ?? "";
  return decodeURIComponent(last.split(/[?#]/)[0] ?? "")
    .replace(/[\s-]/g, "")
    .toUpperCase();
}
