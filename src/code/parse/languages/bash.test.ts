import { expect, test } from "vitest"
import { terse } from "./terse.testing.ts"

test("functions are found in each way of writing them, and aliases", async () => {
  const { definitions, docs } = await terse(
    "a.sh",
    `#!/bin/sh
alias ll='ls -la'

# Cleans.
cleanup() ( rm -rf "$tmp" )
function build {
  make
}
if true; then
  helper() { echo hi; }
fi
`,
  )
  expect(definitions).toEqual([
    "function ll 2-2",
    "function cleanup 5-5",
    "function build 6-8",
    "function helper 10-10",
  ])
  expect(docs).toEqual({ cleanup: "Cleans." })
})

test("variables of the script are found once, those of functions and single commands are not", async () => {
  const { definitions } = await terse(
    "a.sh",
    'mode=debug\nmode=release\nreadonly LIMIT=3\nLANG=C sort file\nrun() {\n  local out="$1"\n  inner=1\n}\n',
  )
  expect(definitions).toEqual(["variable mode 1-1", "constant LIMIT 3-3", "function run 5-8"])
})

test("commands, traps and what is in substitutions are calls; builtins are none", async () => {
  const { references } = await terse(
    "a.sh",
    'trap cleanup EXIT\ntrap - INT\nout=$(compute "$1" | sort)\necho done\ncase "$1" in\n  build) build ;;\nesac\n./run.sh\n',
  )
  expect(references).toEqual(["call cleanup 1", "call compute 3", "call sort 3", "call build 6", "call ./run.sh 8"])
})

test("sourced files are imports, whatever computes their folder", async () => {
  const { imports } = await terse(
    "a.sh",
    `source ./a.sh
. b.sh
source "$(dirname "$0")/c.sh"
. "\${BASH_SOURCE%/*}/d.sh"
source "$HERE/lib/e.sh"
`,
  )
  expect(imports).toEqual(["./a.sh", "b.sh", "./c.sh", "./d.sh", "./lib/e.sh"])
})

test("a script that breaks off keeps the functions before the break", async () => {
  const { definitions } = await terse("a.sh", 'one() {\n  echo 1\n}\n\ntwo() {\n  if [ -z "$1" ]; then\n')
  expect(definitions[0]).toBe("function one 1-3")
})
