import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A temporary folder for each test; one that is made while another is there stands in front of it until it is removed. */
export function testFolder() {
  const made: string[] = []
  return {
    folder: () => made.at(-1) ?? "",
    make() {
      made.push(mkdtempSync(join(tmpdir(), "duck-log-")))
    },
    remove() {
      const folder = made.pop()
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
