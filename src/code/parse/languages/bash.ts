import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { longValue, unquoted } from "../nodes.ts"

export const bash: Language = {
  id: "bash",
  name: "Bash",
  extensions: [".sh", ".bash", ".zsh", ".ksh", ".bats"],
  fileNames: [".bashrc", ".bash_profile", ".bash_aliases", ".zshrc", ".profile", "PKGBUILD", "APKBUILD"],
  shebangs: ["bash", "sh", "zsh", "ksh", "dash", "bats"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm",
  comments: ["comment"],
  names: ["variable_name"],
  rules: {
    function_definition(at, node) {
      at.define(node, { kind: "function", name: at.tree.child(node, "name"), body: at.tree.child(node, "body") })
    },
    variable_assignment: assignment,
    command,
  },
}

const builtIn = new Set(
  (
    "[ [[ : alias bg break builtin cd command continue declare dirs disown echo eval exec exit export false fg getopts " +
    "hash help history jobs let local popd printf pushd pwd read readonly return set shift shopt test times trap true " +
    "type typeset ulimit umask unalias unset wait"
  ).split(" "),
)

function assignment(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(node, "name")
  const called = tree.source(name)
  const up = tree.parentOf(node)
  // `NAME=value command` sets it for that command alone.
  if (tree.type(up) === "command") at.claim(name)
  if (at.scope.kind !== "scope" || tree.type(name) !== "variable_name" || at.memo.has(called)) return
  if (tree.type(up) === "command") return
  at.memo.set(called, node)
  const isDeclared = tree.type(up) === "declaration_command"
  const isConstant = isDeclared && /^(readonly|declare -\w*r)/.test(tree.source(up))
  const from = isDeclared ? up : node
  const body = longValue(at, tree.child(node, "value"))
  at.define(node, { kind: isConstant ? "constant" : "variable", name, from, body })
}

function command(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.firstChild(tree.child(node, "name"))
  if (tree.type(name) !== "word") return
  const word = tree.source(name)
  if (word === "." || word === "source") {
    const path = unquoted(tree.source(tree.child(node, "argument")))
    // What is computed before it is a folder: "$(dirname "$0")/colours.sh".
    at.importing(node, path.replace(/^(?:\$\(.*\)|\$\{.*?\}|\$\w+)\//, "./"))
  } else if (word === "trap") {
    const handler = tree.child(node, "argument")
    if (/^[A-Za-z_]\w*$/.test(tree.source(handler))) at.refer("call", handler)
  } else if (word === "alias" && at.scope.kind === "scope") {
    for (const given of tree.children(node, "argument")) {
      const called = /^([\w.-]+)=/.exec(tree.source(given))?.[1]
      const from = tree.children(node, "argument").length === 1 ? node : given
      if (called !== undefined) at.define(given, { kind: "function", name: given, called, from, isScope: false })
    }
  } else if (!builtIn.has(word)) at.refer("call", name)
}
