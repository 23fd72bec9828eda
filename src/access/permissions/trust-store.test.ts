import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { sha256Of, trustStore } from "./trust-store.ts"

function scene() {
  const data = mkdtempSync(join(tmpdir(), "duck-trust-"))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  return { data, store: trustStore(data) }
}
const given = (folder: string, text: string) => ({
  folder,
  trustedAt: new Date(0).toISOString(),
  files: { "a.sh": { sha256: sha256Of(text), text } },
})

test("a file is trusted in its folder, with its content, until it is forgotten", () => {
  const { store } = scene()
  store.set(given("/one", "x"))
  expect(store.holds("/one", "a.sh", sha256Of("x"))).toBe(true)
  expect(store.holds("/one", "a.sh", sha256Of("y"))).toBe(false)
  expect(store.holds("/one", "b.sh", sha256Of("x"))).toBe(false)
  expect(store.holds("/two", "a.sh", sha256Of("x"))).toBe(false)
  store.set(given("/one", "y"))
  expect(store.holds("/one", "a.sh", sha256Of("x"))).toBe(false)
  expect([store.forget("/one"), store.forget("/one"), store.of("/one")]).toEqual([true, false, undefined])
})

test("what is stored is for its owner alone, and what can't be read, or is of another folder, is not trusted", () => {
  const { data, store } = scene()
  store.set(given("/one", "x"))
  const [name = ""] = readdirSync(join(data, "trust"))
  const path = join(data, "trust", name)
  expect(statSync(path).mode & 0o077).toBe(0)
  for (const text of ["{", "{}", JSON.stringify(given("/other", "x"))]) {
    writeFileSync(path, text)
    expect(store.of("/one"), text).toBeUndefined()
  }
})
