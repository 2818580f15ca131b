import { answer, type Reply } from "./client";

/** download waits for a file and hands it to the browser under the server's name for it; a refusal is thrown as a Failure. */
export async function download(call: Promise<Reply<Blob>>, name: string): Promise<void> {
  const url = URL.createObjectURL(await answer(call));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Browsers read the file after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
