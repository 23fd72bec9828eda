import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { isSameToken, loadToken, tokenPathOf } from "./token.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "duck-token-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("the first use makes a token that only its owner can read, the next ones find it", () => {
  const token = loadToken(folder)
  expect(statSync(tokenPathOf(folder)).mode & 0o777).toBe(0o600)
  expect(loadToken(folder)).toBe(token)
  expect(readFileSync(tokenPathOf(folder), "utf8").trim()).toBe(token)
})

test("a token file without a token in it is made anew", () => {
  writeFileSync(tokenPathOf(folder), "", { mode: 0o600 })
  const token = loadToken(folder)
  expect(token).toMatch(/^duck_/)
  writeFileSync(tokenPathOf(folder), token.slice(0, 10), { mode: 0o600 })
  expect(loadToken(folder)).not.toBe(token)
})

test("a token that others may read is refused", () => {
  loadToken(folder)
  chmodSync(tokenPathOf(folder), 0o644)
  expect(() => loadToken(folder)).toThrow(expect.objectContaining({ code: "TOKEN_FILE_UNSAFE" }))
})

test("a token file that is a link is refused", () => {
  const elsewhere = join(folder, "elsewhere")
  writeFileSync(elsewhere, "x", { mode: 0o600 })
  symlinkSync(elsewhere, tokenPathOf(folder))
  expect(() => loadToken(folder)).toThrow(expect.objectContaining({ code: "TOKEN_FILE_UNSAFE" }))
})

test.skipIf(process.getuid?.() !== 0)("a token file of another user is refused (needs root to give one away)", () => {
  loadToken(folder)
  chownSync(tokenPathOf(folder), 12_345, 12_345)
  expect(() => loadToken(folder)).toThrow(expect.objectContaining({ code: "TOKEN_FILE_UNSAFE" }))
})

test("tokens are equal only when every character is", () => {
  const token = loadToken(folder)
  expect(isSameToken(token, token)).toBe(true)
  expect(isSameToken(`${token.slice(0, -1)}~`, token)).toBe(false)
  expect(isSameToken("", token)).toBe(false)
})
