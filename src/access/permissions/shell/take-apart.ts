import { posix } from "node:path"
import { type Opened, parseShell, type SimpleCommand } from "./parse.ts"
import { harmlessHere, harmlessInShell } from "./variables.ts"
import { UnsureError, type Word } from "./word.ts"
import { type Inner, programOf, unwrap } from "./wrappers.ts"

/** A program that a shell command may start. */
export interface ProgramPart {
  readonly kind: "program"
  readonly text: string
  readonly words: readonly Word[]
  /** More words may follow, which only the run will tell. */
  readonly open: boolean
  /** Only what it starts has to be allowed; rules that deny or ask hold for it too. */
  readonly isTransparent: boolean
  /** The folders it may be started in; undefined: not known. */
  readonly folders: readonly string[] | undefined
}

/** A file that the shell itself may open. `paths` are absolute, one for each folder it may be in; undefined: not known. */
export interface FilePart {
  readonly kind: "file"
  readonly text: string
  readonly access: "read" | "write"
  readonly paths: readonly string[] | undefined
}

/** Something that could not be understood for certain. */
export interface UnsurePart {
  readonly kind: "unsure"
  readonly text: string
  readonly why: string
}

export type CommandPart = ProgramPart | FilePart | UnsurePart

const deepest = 8
const mostParts = 500
const mostFolders = 8

/**
 * Everything that a shell command may do, part by part, whatever it is wrapped in. `folder` is where it starts
 * (absolute). Never throws: what can't be understood is a part of its own.
 */
export function takeApart(command: string, folder: string): readonly CommandPart[] {
  const parts: CommandPart[] = []
  /** The folders that `cd` may have led to so far; undefined: anywhere. It only grows, whatever is run or not. */
  let folders: readonly string[] | undefined = [folder]

  const script = (text: string, depth: number) => {
    try {
      if (depth > deepest || parts.length > mostParts) throw new UnsureError("it is nested too deeply")
      const { steps, substitutions, hasLoop } = parseShell(text)
      if (hasLoop && steps.some(isChangeOfFolder)) folders = undefined
      for (const step of steps) {
        if (step.kind === "open") opened(step)
        else if (step.kind === "assign") {
          if (!harmlessInShell(step.name)) throw new UnsureError(`it sets the variable ${step.name}`)
        } else program(step, depth)
      }
      for (const inner of substitutions) script(inner, depth + 1)
    } catch (thrown) {
      if (!(thrown instanceof UnsureError)) throw thrown
      parts.push({ kind: "unsure", text, why: thrown.message })
    }
  }

  const program = (
    { words, assigns, open = false }: Omit<SimpleCommand, "kind"> & { open?: boolean },
    depth: number,
  ) => {
    if (depth > deepest) throw new UnsureError("it is nested too deeply")
    const strange = assigns.find((name) => !harmlessHere(name))
    if (strange !== undefined) throw new UnsureError(`it sets the variable ${strange}`)
    const unwrapped = unwrap(words)
    const isTransparent = unwrapped?.isTransparent === true
    parts.push({ kind: "program", text: textOf(words), words, open, isTransparent, folders })
    for (const inner of unwrapped?.inner ?? []) within(inner, depth + 1)
    if (changesFolder(words)) folders = foldersAfter(words, folders)
  }

  const within = (inner: Inner, depth: number) => {
    if (inner.kind === "script") script(inner.text, depth)
    else program(inner, depth)
  }

  const opened = ({ access, path }: Opened) => {
    const paths = path.isLiteral ? folders?.map((from) => posix.resolve(from, path.text)) : undefined
    const known = path.isLiteral && posix.isAbsolute(path.text) ? [posix.normalize(path.text)] : paths
    parts.push({ kind: "file", text: path.text, access, paths: known })
  }

  script(command, 0)
  return parts
}

/** The words with spaces between, for people to read. */
const textOf = (words: readonly Word[]): string =>
  words
    .map((word) => (word.isLiteral && /[\s"'\\$`;&|<>()]|^$/.test(word.text) ? quoted(word.text) : word.text))
    .join(" ")

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

const changesFolder = (words: readonly Word[]) => /^(cd|pushd|popd|chdir)$/.test(programOf(words[0] as Word))

const isChangeOfFolder = (step: { kind: string; words?: readonly Word[] }) =>
  step.words?.some((word) => /^(cd|pushd|popd|chdir)$/.test(word.text)) === true

function foldersAfter(words: readonly Word[], before: readonly string[] | undefined): readonly string[] | undefined {
  const [program, target, ...more] = words
  // `cd` alone, `cd -` and CDPATH lead to places that are not known here.
  if (!target?.isLiteral || more.length > 0 || target.text.startsWith("-") || program?.text !== "cd") return undefined
  const after = before?.map((from) => posix.resolve(from, target.text)) ?? []
  const all = [...new Set([...(before ?? []), ...after])]
  return before === undefined || all.length > mostFolders ? undefined : all
}
