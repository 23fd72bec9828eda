import { expect, test } from "vitest"
import { terse } from "./terse.testing.ts"

test("functions are found in each way of writing them", async () => {
  const { definitions } = await terse(
    "a.lua",
    `local M = {}
M.VERSION = "1.0"
M.__index = M
function M.new() end
function M:size() end
M.sorted = function() end
M.api = { start = function() end }
local function inner() end
local also = function() end
function everywhere() end
vim.o.number = true
`,
  )
  expect(definitions).toEqual([
    "variable M 1-1",
    "property M > VERSION 2-2",
    "method M > new 4-4",
    "method M > size 5-5",
    "method M > sorted 6-6",
    "property M > api 7-7",
    "method M > api > start 7-7",
    "function inner 8-8",
    "function also 9-9",
    "function everywhere 10-10",
  ])
})

test("a metatable's index is inheritance", async () => {
  const { references } = await terse("a.lua", "local Child = setmetatable({}, { __index = Base })\n")
  expect(references).toEqual(["call setmetatable 1", "inherit Base 1"])
})

test("required modules are imports under the names they are given", async () => {
  const { imports } = await terse(
    "a.lua",
    'local a, b = require("x"), require "y.z"\nrequire("w")\nlocal dynamic = require(name)\n',
  )
  expect(imports).toEqual(["x as a", "y.z as b", "w"])
})

test("comments of dashes and of brackets are doc comments", async () => {
  const { docs } = await terse(
    "a.lua",
    "--- Adds.\n-- @param x what\nfunction add(x) end\n\n--[[ Takes\naway. ]]\nfunction take() end\n",
  )
  expect(docs).toEqual({ add: "Adds.\n@param x what", take: "Takes\naway." })
})

test("a file that breaks off keeps the functions before the break", async () => {
  const { definitions } = await terse("a.lua", "function one()\n  return 1\nend\n\nfunction two(a\n  if a then\n")
  expect(definitions[0]).toBe("function one 1-3")
})
