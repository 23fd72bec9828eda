import type { Passage } from "../ask/answer.ts"
import type { Explanation, ProjectPage } from "./explanation.ts"

const mostLines = 40

/** What the index says, as a model reads it: each line with the place that it can cite. */
export function evidenceOf(explanation: Explanation): string {
  const { headline, doc, passage, passages, outline, path, callers, callees, imports, tests, history } = explanation
  const { error, change, project } = explanation
  const parts = [
    headline,
    doc,
    ...[...(passage ? [passage] : []), ...passages].map(passageText),
    list(
      "Outline",
      outline.map((one) => `${path}:${one.startLine} ${one.kind} ${one.name}: ${one.says || one.signature}`),
    ),
    list(
      "Callers",
      callers.map((one) => `${one.path}:${one.line} ${one.from} ${one.verb} ${one.to}: ${one.text}`),
    ),
    list(
      "Calls",
      callees.map((one) => `${one.path}:${one.line} ${one.to}: ${one.text}`),
    ),
    list(
      "Imports",
      imports.map(({ module, line, to }) => `${path}:${line} ${module}${to.length > 0 ? ` (${to.join(", ")})` : ""}`),
    ),
    list(
      "Tests",
      tests.map((one) => `${one.path}: ${one.names.slice(0, 5).join("; ")}`),
    ),
    list(
      "Commits",
      history.map(({ sha, at, author, subject, body }) =>
        `${sha.slice(0, 10)} ${at.slice(0, 10)} ${author}: ${subject} ${body}`.trim(),
      ),
    ),
    ...(error
      ? [
          list(
            "Errors",
            error.errors.map(({ type, message }) => `${type}: ${message}`),
          ),
          list(
            "Frames, the innermost first",
            error.frames.map(
              (one) =>
                `${one.path === null ? `${one.said} (not of this project)` : `${one.path}:${one.line}`} ${one.name}`,
            ),
          ),
          list(
            "The message is written in",
            error.saidAt.map((one) => `${one.path}:${one.line} ${one.text}`),
          ),
          list(
            "Suspects",
            error.causes.map((one) => `${one.path}:${one.line} ${one.says}`),
          ),
        ]
      : []),
    ...(change
      ? [
          list(
            "Files",
            change.files.map((one) => `${one.path}: ${one.status}, +${one.addedLines} -${one.removedLines}`),
          ),
          list(
            "Definitions",
            change.symbols.map(
              (one) =>
                `${one.path}:${one.startLine} ${one.name}: ${one.change}; ${one.signatureBefore} -> ${one.signature}; ${one.dependants} depend on it`,
            ),
          ),
          list(
            "Without a changed test",
            change.missingTests.map((one) => `${one.path}:${one.line} ${one.name}: ${one.why}`),
          ),
        ]
      : []),
    ...(project ? projectParts(project) : []),
  ]
  return parts.filter((part) => part !== "").join("\n\n")
}

function projectParts(page: ProjectPage): string[] {
  const { purpose, members, folders, entryPoints, modules, cycles, services, commands } = page
  return [
    purpose,
    list(
      "Members of the workspace",
      members.map((one) =>
        `${one.path}: ${one.name}, uses ${one.uses.join(", ") || "none of the others"}. ${one.says}`.trim(),
      ),
    ),
    list(
      "Folders",
      folders.map(
        (one) =>
          `${one.path}: ${one.role || "role not said"}, ${one.files} files, uses ${one.uses.join(", ") || "none"}`,
      ),
    ),
    list(
      "Entry points",
      entryPoints.map((one) => `${one.path}: ${one.why}`),
    ),
    list(
      "Main modules",
      modules.map((one) => `${one.path}: imported by ${one.importedBy} files. ${one.says}`),
    ),
    list(
      "Circles",
      cycles.map((cycle) => cycle.join(" -> ")),
    ),
    list(
      "Stores and services",
      services.map((one) => `${one.path}:${one.line} ${one.name} (${one.kind})`),
    ),
    list(
      "Commands",
      commands.map((one) => `${one.line}: ${one.says}`),
    ),
  ]
}

const list = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? "" : `${title}:\n${lines.slice(0, mostLines).join("\n")}`

/** With its line number before each line. */
function passageText({ path, startLine, endLine, name, note, text }: Passage): string {
  const about = [name, note].filter((part) => part !== "").join(", ")
  const lines = text.split("\n").map((line, at) => `${startLine + at}\t${line}`)
  return `${path}:${startLine}-${endLine}${about ? ` (${about})` : ""}\n${lines.join("\n")}`
}
