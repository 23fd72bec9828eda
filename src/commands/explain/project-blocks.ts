import { count } from "../../base/text.ts"
import type { ProjectPage } from "../../engines/explain/explanation.ts"
import { type Block, inlineCode, literal } from "../document.ts"

/** The page of a project; its diagram stands as it is, for whatever draws Mermaid. */
export function projectBlocks({
  purpose,
  members,
  folders,
  entryPoints,
  modules,
  cycles,
  diagram,
  services,
  tests,
  commands,
}: ProjectPage): Block[] {
  return [
    ...(purpose === "" ? [] : [{ kind: "paragraph", text: literal(purpose) } as const]),
    ...table(
      members.length === 1 ? "In the workspace" : "Members",
      ["member", "files", "says", "uses", "used by"],
      members.map(({ name, path, files, says, uses, usedBy }) => [
        `**${literal(name)}** ${name === path ? "" : literal(path)}`.trim(),
        String(files),
        literal(says),
        literal(uses.join(", ")),
        literal(usedBy.join(", ")),
      ]),
    ),
    ...table(
      "Folders",
      ["folder", "files", "role", "uses"],
      folders.map(({ path, files, role, uses, isInCycle }) => [
        `**${literal(path)}**${isInCycle ? " (in a circle)" : ""}`,
        String(files),
        literal(role),
        literal(uses.join(", ")),
      ]),
    ),
    ...table(
      "Entry points",
      ["", ""],
      entryPoints.map(({ path, why }) => [`**${literal(path)}**`, literal(why)]),
    ),
    ...table(
      "Main modules",
      ["module", "imported by", "says"],
      modules.map(({ path, importedBy, says }) => [`**${literal(path)}**`, count(importedBy, "file"), literal(says)]),
    ),
    ...(cycles.length === 0
      ? []
      : [
          { kind: "heading", text: "Folders in a circle", level: 2 } as const,
          { kind: "list", items: cycles.map((cycle) => literal(cycle.join(" -> "))) } as const,
        ]),
    ...(diagram === ""
      ? []
      : [
          { kind: "heading", text: "Diagram (Mermaid)", level: 2 } as const,
          { kind: "verbatim", text: diagram } as const,
        ]),
    ...table(
      "Stores and services",
      ["", "", ""],
      services.map(({ name, kind, path, line }) => [`**${literal(name)}**`, kind, literal(`${path}:${line}`)]),
    ),
    ...table(
      "Build and run",
      ["", ""],
      commands.map(({ line, says }) => [inlineCode(line), literal(says)]),
    ),
    {
      kind: "paragraph",
      text: `${count(tests.files, "test file")}${tests.command ? `, run by ${inlineCode(tests.command)}` : ""}.`,
    },
  ]
}

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): Block[] {
  if (rows.length === 0) return []
  return [
    { kind: "heading", text: title, level: 2 },
    { kind: "table", columns: columns.map((name) => ({ title: name })), rows },
  ]
}
