import { expect, test } from "vitest"
import { foldersOf } from "./folders.ts"

test("folders follow the XDG variables, then their defaults", () => {
  expect(foldersOf({ HOME: "/home/ann", XDG_DATA_HOME: "/data" })).toEqual({
    data: "/data/rubberduck",
    config: "/home/ann/.config/rubberduck",
    state: "/home/ann/.local/state/rubberduck",
  })
})

test("DUCK_HOME puts everything into one folder", () => {
  expect(foldersOf({ HOME: "/home/ann", DUCK_HOME: "/tmp/d" })).toEqual({
    data: "/tmp/d",
    config: "/tmp/d/config",
    state: "/tmp/d/state",
  })
})
