import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A temporary folder for each test. */
export function testFolder() {
  let folder = ""
  return {
    folder: () => folder,
    make() {
      folder = mkdtempSync(join(tmpdir(), "duck-log-"))
    },
    remove() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
