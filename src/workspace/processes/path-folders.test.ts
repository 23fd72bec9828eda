import { delimiter } from "node:path"
import { expect, test } from "vitest"
import { foldersOnPath } from "./path-folders.ts"

test("programs on the path are there with their packages, and the home folder is not", () => {
  const path = ["/usr/bin", "/home/ada/app/node_modules/.bin", "/home/ada", "/", "bin", "", "/usr/bin", "/home/ada/bin"]
  expect(foldersOnPath(path.join(delimiter), "/home/ada")).toEqual([
    "/usr/bin",
    "/home/ada/app/node_modules",
    "/home/ada/bin",
  ])
})
