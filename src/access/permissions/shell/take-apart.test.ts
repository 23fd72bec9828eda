import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import { takeApart } from "./take-apart.ts"

const folder = "/project"

/** Parts as short texts: programs as they are, `>path`, `<path`, `?` for what is unsure. */
const shown = (command: string): string[] =>
  takeApart(command, folder).map((part) => {
    if (part.kind === "program") return part.text + (part.open ? " …" : "")
    if (part.kind === "unsure") return "?"
    return `${part.access === "write" ? ">" : "<"}${part.paths?.join("|") ?? "?"}`
  })

test.each([
  ["npm test", ["npm test"]],
  ["a && b || c; d | e & f", ["a", "b", "c", "d", "e", "f"]],
  ["a\nb # c\nd", ["a", "b", "d"]],
  ["(a; b) && { c; }", ["a", "b", "c"]],
  ["if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]],
  ["for f in x y; do a $f; done", ["a $f"]],
  ["while a; do b; done; until c; do d; done", ["a", "b", "c", "d"]],
  ["echo $(a $(b)) `c`", ["echo $(a $(b)) `c`", "a $(b)", "b", "c"]],
  ['echo "x $(a) y"', ["echo x $(a) y", "a"]],
  ["echo '$(a)'", ["echo '$(a)'"]],
  ["diff <(a) <(b)", ["diff <(a) <(b)", "a", "b"]],
  ["x=$(a); echo $x", ["echo $x", "a"]],
  ["NODE_ENV=test a", ["a"]],
  ["env NODE_ENV=test a b", ["env NODE_ENV=test a b", "a b"]],
  ["sudo -u me rm -rf x", ["sudo -u me rm -rf x", "rm -rf x"]],
  ["timeout 5 nice -n 3 a", ["timeout 5 nice -n 3 a", "nice -n 3 a", "a"]],
  ["ls | xargs -n1 rm -f", ["ls", "xargs -n1 rm -f", "rm -f …"]],
  [
    "find . -name '*.ts' -exec rm {} \\; -exec a {} +",
    ["find . -name *.ts -exec rm {} ';' -exec a {} +", "rm {}", "a {}"],
  ],
  ["bash -c 'a && b > out'", ["bash -c 'a && b > out'", ">/project/out", "a", "b"].sort()],
  ["sh -ec \"a; sh -c 'b'\"", ["a", "b", "sh -c b", "sh -ec 'a; sh -c '\\''b'\\'''"].sort()],
  ["eval 'a; b'", ["eval 'a; b'", "a", "b"]],
  ["a > out.txt 2>&1 < in.txt 2>/dev/null", [">/project/out.txt", "</project/in.txt", "a"]],
  ["a >> y >| z <> w &> x", [">/project/y", ">/project/z", ">/project/w", ">/project/x", "a"]],
  ["cd sub && a > out", ["cd sub", ">/project/out|/project/sub/out", "a"]],
  ["cd $x && a > out", ["cd $x", ">?", "a"]],
  ["cat <<EOF\n$(a) it's\nEOF\nb", ["cat", "b", "a"]],
  ["cat <<'EOF' > out\n$(a) `b`\nEOF", [">/project/out", "cat"]],
  ["cat <<-X\n\thi\n\tX\na", ["cat", "a"]],
  ["a <<< 'text'", ["a"]],
  ["r''m -rf x; \\rm y; /bin/rm z", ["rm -rf x", "rm y", "/bin/rm z"]],
  ["echo a\\\\\nb", ["echo 'a\\'", "b"]],
  ["echo a\\\nb c", ["echo ab c"]],
  ["git stash pop stash@{0}", ["git stash pop stash@{0}"]],
  ["! a", ["a"]],
  ["echo $((1 + 2))", ["echo $((1 + 2))"]],
])("%s", (command, parts) => {
  const got = shown(command)
  expect(command.includes("sh -") ? got.sort() : got).toEqual(parts)
})

test.each([
  "$x a",
  "$(a) b",
  "a 'unclosed",
  'a "unclosed',
  "a `unclosed",
  "a $(unclosed",
  "f() { rm -rf /; }; f",
  "a=(1 2)",
  "a[$(b)]=1",
  "case x in x) a;; esac",
  "[[ -v 'a[$(id)]' ]]",
  "[ -v 'a[$(id)]' ]",
  "((x=1))",
  "echo $((x))",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's own
  "echo ${x@P}",
  "$'rm' x",
  "PATH=/evil npm test",
  "LD_PRELOAD=./x.so ls",
  "export_me=1; PATH=/evil; npm test",
  "for PATH in /evil; do npm test; done",
  "env -S 'rm x'",
  "env LD_PRELOAD=x ls",
  "timeout $t rm",
  "bash -c $x",
  "echo rm | bash",
  "eval $x",
  "trap 'rm x' EXIT",
  "xargs -I % rm %",
  "a >",
  "cat <<EOF\nno end",
  "cat <<EOF\nx \\\nEOF\n: '\nEOF\nrm -rf /\n'",
  'echo `echo \\" \' \\"; rm; echo \\" \' \\"`',
  'echo "$\\\n(rm)"',
  "a\0b",
  "a\rb",
  "coproc rm",
  "a &> x b",
  `${"$(".repeat(40)}a${")".repeat(40)}`,
  "a ".repeat(20_000),
])("is not sure of %j", (command) => {
  expect(takeApart(command, folder).some((part) => part.kind === "unsure")).toBe(true)
})

const scratch = mkdtempSync(join(tmpdir(), "duck-shell-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const hasBash = spawnSync("bash", ["-c", "true"]).status === 0

/** What bash itself would start: every program it does not find tells its name. */
function startedByBash(command: string): string[] {
  const prelude = 'command_not_found_handle() { printf "%s\\0" "$1" >&9; return $((RANDOM % 2)); }\nPATH=/nowhere\n'
  const run = spawnSync("bash", ["--norc", "-c", prelude + command], {
    cwd: scratch,
    env: {},
    stdio: ["ignore", "ignore", "ignore", ...Array<"ignore">(6).fill("ignore"), "pipe"],
    timeout: 20_000,
  })
  return (run.output[9] ?? "").toString().split("\0").filter(Boolean)
}

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("pa", "pb", "pc", "pd x", "pe 'y z'") },
  {
    weight: 10,
    arbitrary: fc.constantFrom(
      ...[
        " ",
        " ",
        "\n",
        ";",
        "&&",
        "||",
        "|",
        "&",
        "(",
        ")",
        "{ ",
        "; }",
        "$(",
        "`",
        '"',
        "'",
        "\\",
        "\\\n",
        "#",
        "&>f ",
      ],
      ...[
        "<<X\n",
        "\nX\n",
        "<<'X'\n",
        "$",
        "${v:-",
        "}",
        ">f",
        "<(",
        "!",
        "if ",
        "; then ",
        "; fi",
        "<<<",
        "2>&1",
        "$v",
      ],
      ...["for i in a b; do ", "; done", "v=", "[", "]", "*", "~", "eval ", "$((", "))", "a=b ", "\t", "<<-X\n", ">&f"],
    ),
  },
)
const command = fc.array(piece, { minLength: 1, maxLength: 14 }).map((pieces) => pieces.join(""))

/** That whatever `started` tells of was seen, unless there is something unsure. */
function expectSeen(started: (text: string) => readonly string[], numRuns: number) {
  let sure = 0
  fc.assert(
    fc.property(command, (text) => {
      const parts = takeApart(text, scratch)
      if (parts.some((part) => part.kind === "unsure")) return
      sure += 1
      const seen = parts.flatMap((part) => (part.kind === "program" ? [part.words[0]?.text] : []))
      for (const program of started(text)) expect(seen).toContain(program)
    }),
    { numRuns },
  )
  expect(sure).toBeGreaterThan(numRuns / 40)
}

test("bash starts no program that was not seen, whatever stands in the command", (context) => {
  if (!hasBash) return context.skip("SKIPPED: there is no bash here to compare with")
  expectSeen(startedByBash, 1500)
})

test("neither does sh", () => {
  const bin = join(scratch, "bin")
  mkdirSync(bin)
  for (const name of ["pa", "pb", "pc", "pd", "pe"])
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} >> "$LOG"\n`, { mode: 0o755 })
  let runs = 0
  expectSeen((text) => {
    // A log of its own: what an earlier run left in the background may still write.
    const log = join(scratch, `log-${runs++}`)
    const options = { cwd: scratch, env: { PATH: bin, LOG: log }, stdio: "ignore", timeout: 20_000 } as const
    spawnSync("/bin/sh", ["-c", `${text}\nwait`], options)
    return existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : []
  }, 800)
})
