// Writes .br and .gz beside each text file of dist, so that the server compresses nothing while it answers.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = new Set([".js", ".css", ".html", ".svg", ".webmanifest", ".json"]);
const LEAST = 1024; // bytes; below, a header costs more than it saves

for (const entry of await readdir("dist", { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.has(extname(entry.name))) continue;
  const path = join(entry.parentPath, entry.name);
  const content = await readFile(path);
  if (content.length < LEAST) continue;
  await writeFile(
    `${path}.br`,
    brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
  );
  await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
}
