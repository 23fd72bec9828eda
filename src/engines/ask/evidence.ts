import type { AskAnswer } from "./answer.ts"

/** What the index found for a question, as a model reads it: each line with the place that it can cite. */
export function evidenceOf({ headline, passages, connections, tests, history }: AskAnswer): string {
  const parts = [`What the index says: ${headline}`, ...passages.map(passageText)]
  if (connections.length > 0) {
    const lines = connections
      .slice(0, 40)
      .map(({ path, line, from, verb, to, text }) => `${path}:${line}: ${from} ${verb} ${to}${text ? `: ${text}` : ""}`)
    parts.push(`How it hangs together:\n${lines.join("\n")}`)
  }
  if (tests.length > 0) {
    parts.push(`Tests:\n${tests.map(({ path, names }) => `${path}: ${names.slice(0, 10).join("; ")}`).join("\n")}`)
  }
  if (history.length > 0) {
    const commits = history.map(
      ({ sha, at, author, subject, body }) =>
        `${sha.slice(0, 10)} ${at.slice(0, 10)} ${author}: ${subject}${body ? `\n${body}` : ""}`,
    )
    parts.push(`Commits:\n${commits.join("\n")}`)
  }
  return parts.join("\n\n")
}

/** A passage with its line numbers before each line. */
function passageText({ path, startLine, endLine, name, note, text }: AskAnswer["passages"][number]): string {
  const about = [name, note].filter((part) => part !== "").join(", ")
  const lines = text.split("\n").map((line, at) => `${startLine + at}\t${line}`)
  return `${path}:${startLine}-${endLine}${about ? ` (${about})` : ""}\n${lines.join("\n")}`
}
