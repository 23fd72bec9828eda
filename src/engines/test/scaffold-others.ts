import { posix } from "node:path"
import { type Planned, type ScaffoldTask, scaffoldMark } from "./scaffold-plan.ts"
import { snake } from "./scaffold-python.ts"

/** For Go, Rust, Java, Elixir and Ruby. */
export function otherScaffold(task: ScaffoldTask, plan: readonly Planned[]): string {
  switch (task.subject.language) {
    case "go":
      return goScaffold(task, plan)
    case "rust":
      return rustScaffold(task, plan)
    case "java":
      return javaScaffold(task, plan)
    case "elixir":
      return elixirScaffold(task, plan)
    default:
      return rubyScaffold(task, plan)
  }
}

const camel = (text: string) =>
  snake(text)
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")

/** A table for each function: its rows are finished by a field `want`. */
function goScaffold({ subject, style, callsDoctests }: ScaffoldTask, plan: readonly Planned[]): string {
  const free = (name: string) => freeIn(style.taken, name)
  const groups = plan.map(({ callable, title, cases }) => {
    const inside = cases.map(({ says, call }) => {
      const isPlain = call && callable.owner === ""
      const lines = [
        `t.Skip("todo: say what it gives")`,
        ...(isPlain
          ? [
              callable.returns === ""
                ? `${callable.name}(${call.arguments})`
                : assigned(callable.name, callable.returns, call.arguments),
            ]
          : []),
      ]
      return `\tt.Run(${JSON.stringify(says)}, func(t *testing.T) {\n${lines.map((line) => `\t\t${line}`).join("\n")}\n\t})`
    })
    return `func ${free(`Test${camel(title)}`)}(t *testing.T) {\n${inside.join("\n")}\n}`
  })
  const examples = callsDoctests ? plan.flatMap((one) => goExample(one, style.taken)) : []
  const body = [...groups, ...examples].join("\n\n")
  const packages = ["context", "fmt", "math", "strings"].filter((name) => new RegExp(`\\b${name}\\.`).test(body))
  const imports = [...packages, "testing"].map((name) => `\t"${name}"`).join("\n")
  const name = /^\s*package\s+(\w+)/m.exec(subject.text)?.[1] ?? "main"
  return `package ${name}\n\n// ${scaffoldMark}\n\nimport (\n${imports}\n)\n\n${body}\n`
}

function freeIn(taken: ReadonlySet<string>, name: string): string {
  if (!taken.has(name)) return name
  for (let n = 1; ; n++) {
    const other = `${name}Scaffold${n === 1 ? "" : n}`
    if (!taken.has(other)) return other
  }
}

/** Shown in the documentation, and compiled; it runs once it says what it prints. */
function goExample(
  { callable: { name, owner, returns }, shortest: call }: Planned,
  taken: ReadonlySet<string>,
): string[] {
  if (!call || owner !== "" || returns === "" || !/^[A-Z]/.test(name)) return []
  const todo = '// todo: say what it prints in a line "// Output: ...", and it is run.'
  // What follows a name has to begin with a small letter, or go vet takes it for a method.
  const title = taken.has(`Example${name}`) ? `Example${name}_scaffold` : `Example${name}`
  return [`func ${title}() {\n\tfmt.Println(${name}(${call.arguments}))\n\t${todo}\n}`]
}

/** Every result goes to a blank: go refuses what is not used. */
function assigned(name: string, returns: string, given: string): string {
  const many = /^\((.*)\)$/s.exec(returns)?.[1]?.split(",").length ?? 1
  return `${Array(many).fill("_").join(", ")} = ${name}(${given})`
}

function rustScaffold({ subject }: ScaffoldTask, plan: readonly Planned[]): string {
  const module = posix.parse(subject.path).name
  const seen = new Map<string, number>()
  const tests = plan.flatMap(({ title, cases, callable }) =>
    cases.map(({ says, call }) => {
      const plain = snake(`${title} ${says}`)
      const n = (seen.get(plain) ?? 0) + 1
      seen.set(plain, n)
      const line = call && callable.owner === "" ? `    // let actual = ${callable.name}(${call.arguments});\n` : ""
      return `#[test]\n#[ignore = "todo: say what it gives"]\nfn ${plain}${n > 1 ? `_${n}` : ""}() {\n${line}    todo!()\n}`
    }),
  )
  return `// ${scaffoldMark}\n// Of ${module}: bring its names in with \`use\` of this crate.\n\n${tests.join("\n\n")}\n`
}

function javaScaffold({ subject, style }: ScaffoldTask, plan: readonly Planned[]): string {
  const isFour = /\borg\.junit\.Test\b/.test(style.examples.map(({ text }) => text).join("\n"))
  const [disabled, home] = isFour ? ["Ignore", "org.junit"] : ["Disabled", "org.junit.jupiter.api"]
  const seen = new Map<string, number>()
  const tests = plan.flatMap(({ callable, title, cases }) =>
    cases.map(({ says, call }) => {
      const { owner, name, isStatic, returns } = callable
      const plain = camel(`${title.split(".").at(-1)} ${says}`)
      const n = (seen.get(plain) ?? 0) + 1
      seen.set(plain, n)
      const receiver = isStatic ? owner : `new ${owner}(${call?.receiver ?? ""})`
      const given = `${receiver}.${name}(${call?.arguments ?? ""})`
      const line = call ? `        ${returns === "void" ? given : `var actual = ${given}`};\n` : ""
      const method = plain.charAt(0).toLowerCase() + plain.slice(1) + (n > 1 ? n : "")
      return `    @Test\n    @${disabled}(${JSON.stringify(`todo: ${title}: ${says}`)})\n    void ${method}() throws Exception {\n${line}    }`.replace(
        "    void",
        isFour ? "    public void" : "    void",
      )
    }),
  )
  const name = /^\s*package\s+([\w.]+)/m.exec(subject.text)?.[1]
  const head = name ? `package ${name};\n\n` : ""
  const type = posix.parse(style.testPath).name
  return `${head}// ${scaffoldMark}\n\nimport ${home}.${disabled};\nimport ${home}.Test;\n\n${isFour ? "public " : ""}class ${type} {\n${tests.join("\n\n")}\n}\n`
}

function elixirScaffold({ style }: ScaffoldTask, plan: readonly Planned[]): string {
  const module = plan[0]?.callable.owner ?? "Subject"
  const own = style.testPath.endsWith("_scaffold_test.exs") ? "ScaffoldTest" : "Test"
  const tests = plan.map(({ callable, cases }) => {
    const inside = cases.map(({ says, call }) => {
      const body = call ? `      _actual = ${callable.owner}.${callable.name}(${call.arguments})\n` : "      :ok\n"
      return `    @tag skip: "todo: say what it gives"\n    test ${JSON.stringify(says)} do\n${body}    end`
    })
    return `  describe ${JSON.stringify(`${callable.name}/${callable.parameters.length}`)} do\n${inside.join("\n\n")}\n  end`
  })
  const head = `# ${scaffoldMark}\ndefmodule ${module}${own} do\n  use ExUnit.Case, async: true\n  doctest ${module}\n`
  return `${head}\n${tests.join("\n\n")}\nend\n`
}

function rubyScaffold({ subject, style }: ScaffoldTask, plan: readonly Planned[]): string {
  const way = posix.relative(posix.dirname(style.testPath), subject.path).replace(/\.rb$/, "")
  const owners = [...new Set(plan.map(({ callable }) => callable.owner))]
  const groups = owners.map((owner) => {
    const own = plan.filter(({ callable }) => callable.owner === owner)
    const inside = own.map(({ callable, cases }) => {
      const examples = cases.map(({ says, call }) => {
        const receiver = callable.isStatic ? owner : `${owner}.new(${call?.receiver ?? ""})`
        const called = owner === "" ? callable.name : `${receiver}.${callable.name}`
        if (!call) return `    xit ${JSON.stringify(says)}`
        return `    xit ${JSON.stringify(says)} do\n      ${called}(${call.arguments}) # todo: say what it gives\n    end`
      })
      const name = `${callable.isStatic ? "." : "#"}${callable.name}`
      return `  describe ${JSON.stringify(name)} do\n${examples.join("\n\n")}\n  end`
    })
    return `RSpec.describe ${owner === "" ? JSON.stringify(posix.parse(subject.path).name) : owner} do\n${inside.join("\n\n")}\nend`
  })
  return `# ${scaffoldMark}\nrequire_relative ${JSON.stringify(way)}\n\n${groups.join("\n\n")}\n`
}
