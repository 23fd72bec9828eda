/** What the variables of rules stand for. Without a file at hand those of files say so in words. */
export interface TemplateFacts {
  readonly project: { readonly name: string; readonly root: string }
  readonly path?: string | undefined
  readonly language?: string | undefined
  readonly task?: string | undefined
}

const values: Readonly<Record<string, (facts: TemplateFacts) => string>> = {
  "project.name": ({ project }) => project.name,
  "project.root": ({ project }) => project.root,
  "file.path": ({ path }) => path ?? "the file",
  "file.name": ({ path }) => (path === undefined ? "the file" : path.slice(path.lastIndexOf("/") + 1)),
  "file.stem": ({ path }) => (path === undefined ? "the file" : stemOf(path)),
  "file.folder": ({ path }) =>
    path === undefined ? "its folder" : path.slice(0, Math.max(0, path.lastIndexOf("/"))) || ".",
  language: ({ language }) => language ?? "the language",
  task: ({ task }) => task ?? "the task",
}

const variable = /\{\{[ \t]*([a-z]+(?:\.[a-z]+)?)[ \t]*\}\}/gi

/**
 * Puts values in place of `{{project.name}}` and the like. Nothing is run: a name that is none of ours stays as it is,
 * since templates of other tools stand in code samples.
 */
export const filled = (text: string, facts: TemplateFacts): string =>
  text.replaceAll(variable, (written, name: string) =>
    Object.hasOwn(values, name) ? (values[name]?.(facts) ?? written) : written,
  )

/** Names that look as if they were meant for us and are none of ours. */
export const unknownVariables = (text: string): string[] =>
  [...text.matchAll(variable)].flatMap(([, name = ""]) =>
    /^(?:project|file)\./.test(name) && !Object.hasOwn(values, name) ? [name] : [],
  )

const stemOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]+$/, "")
