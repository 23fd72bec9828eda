import type { Frame } from "./trace.ts"

interface Said {
  readonly type: string
  readonly message: string
}

/** How the traces of one kind of program are read, line by line. */
export interface Dialect {
  readonly language: string
  /** The frame in a line; `says` where the line is a whole error of its own, as compilers write them. */
  frame(line: string, next: string, previous: string): { readonly frame: Frame; readonly says?: Said } | undefined
  /** What an error is called and says. */
  head(line: string, next: string): Said | undefined
  readonly isInnermostLast?: boolean
  /** The error's name comes behind its frames. */
  readonly isHeadLast?: boolean
}

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))

/** `pattern` has groups file, line, and perhaps column and name. */
const framed =
  (pattern: RegExp): Dialect["frame"] =>
  (line) => {
    const { file, line: at, column, name } = pattern.exec(line)?.groups ?? {}
    if (file === undefined || at === undefined) return undefined
    return { frame: { file, line: Number(at), column: number(column), name: name?.trim() ?? "" } }
  }

const headed =
  (pattern: RegExp): Dialect["head"] =>
  (line) => {
    const found = pattern.exec(line)?.groups
    return found ? { type: found.type ?? "", message: (found.message ?? "").trim() } : undefined
  }

/** Compilers: every line is an error. `pattern` has groups file, line, message, and perhaps column and type. */
function compiler(language: string, pattern: RegExp): Dialect {
  return {
    language,
    frame(line) {
      const { file, line: at, column, type = "", message = "" } = pattern.exec(line)?.groups ?? {}
      if (file === undefined || at === undefined) return undefined
      const frame = { file, line: Number(at), column: number(column), name: "" }
      return { frame, says: { type, message: message.trim() } }
    },
    head: () => undefined,
  }
}

const node: Dialect = {
  language: "javascript",
  frame(line) {
    const found =
      /^\s*at (?:async )?(?:(?<name>.+?) \()?(?:file:\/\/)?(?<file>(?:[A-Za-z]:)?[^()\s][^()]*?):(?<line>\d+):(?<column>\d+)\)?$/.exec(
        line,
      )?.groups
    if (!found?.file) return undefined
    const name = (found.name ?? "").replace(/ \[as .*\]$/, "").replace(/^(?:Object|Module)\./, "")
    return { frame: { file: decoded(found.file), line: Number(found.line), column: number(found.column), name } }
  },
  head: headed(
    /^\s*(?:Uncaught |Caused by: |\[cause\]: |\[?Unhandled\w*\]?:? ?)*(?<type>(?=[A-Z])\w*(?:Error|Exception)\b)(?: \[(?:\w+)\])?(?:: ?(?<message>.*))?$/,
  ),
}

function decoded(file: string): string {
  try {
    return decodeURIComponent(file)
  } catch {
    return file
  }
}

const python: Dialect = {
  language: "python",
  isInnermostLast: true,
  isHeadLast: true,
  frame: framed(/^\s*File "(?<file>[^"]+)", line (?<line>\d+)(?:, in (?<name>.+))?$/),
  head: headed(/^(?<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w*)(?:: (?<message>.*))?$/),
}

const java: Dialect = {
  language: "java",
  frame(line) {
    const found =
      /^\s*at (?:[\w.$-]+\/+)?(?<name>[\w.$<>]+)\((?<file>[\w$.-]+\.(?:java|kt|scala|groovy)):(?<line>\d+)\)/.exec(
        line,
      )?.groups
    if (!found?.name || !found.file) return undefined
    // The package is the folder: com.shop.Basket.total is in com/shop/.
    const folder = found.name.split(".").slice(0, -2).join("/")
    return {
      frame: {
        file: folder === "" ? found.file : `${folder}/${found.file}`,
        line: Number(found.line),
        column: undefined,
        name: found.name,
      },
    }
  },
  head: headed(
    /^(?:Exception in thread "[^"]*" |Caused by: |Suppressed: )?(?<type>(?:[a-z_]\w*\.)+[A-Z][\w$]*)(?:: (?<message>.*))?$/,
  ),
}

const go: Dialect = {
  language: "go",
  frame(line, _, previous) {
    const found = /^\s+(?<file>\S.*\.go):(?<line>\d+)(?: \+0x[\da-f]+)?$/.exec(line)?.groups
    if (!found?.file) return undefined
    const name =
      /^(?:created by )?(?<name>[^\s(].*?)(?:\(0x|\(\.\.\.|\(\)|\(\{| in goroutine|$)/.exec(previous)?.groups?.name ??
      ""
    return { frame: { file: found.file, line: Number(found.line), column: undefined, name } }
  },
  head: headed(/^(?<type>panic|fatal error): (?<message>.*?)(?: \[recovered\])?$/),
}

const rustPanic: Dialect = {
  language: "rust",
  frame(line, next, previous) {
    const panicked =
      /^thread '.*?'(?: \(\d+\))? panicked at (?:'(?<old>.*)', )?(?<file>[^\s:'][^:']*\.rs):(?<line>\d+):(?<column>\d+):?$/.exec(
        line,
      )?.groups
    if (panicked?.file) {
      const frame = { file: panicked.file, line: Number(panicked.line), column: number(panicked.column), name: "" }
      return { frame, says: { type: "panic", message: panicked.old ?? next.trim() } }
    }
    const found = /^\s+at (?<file>\S.*\.rs):(?<line>\d+)(?::(?<column>\d+))?$/.exec(line)?.groups
    if (!found?.file) return undefined
    const name = /^\s*\d+: (?:0x[\da-f]+ - )?(?<name>.+)$/.exec(previous)?.groups?.name ?? ""
    return { frame: { file: found.file, line: Number(found.line), column: number(found.column), name } }
  },
  head: () => undefined,
}

/** `error[E0382]: what` and then `  --> file:line:column`. */
const rustc: Dialect = {
  language: "rust",
  frame: framed(/^\s*--> (?<file>[^\s:][^:]*):(?<line>\d+):(?<column>\d+)$/),
  head: headed(/^(?:error|warning)(?:\[(?<type>E\d+)\])?: (?<message>.+)$/),
}

const dotnet: Dialect = {
  language: "csharp",
  frame: framed(/^\s*at (?<name>.+?) in (?<file>.+?):line (?<line>\d+)\s*$/),
  head: headed(
    /^(?:Unhandled exception\. |\s*---> )?(?<type>(?:[A-Z]\w*\.)+[A-Z]\w*(?:Exception|Error)?)(?:: (?<message>.*?))?(?: --->.*)?$/,
  ),
}

const ruby: Dialect = {
  language: "ruby",
  frame(line) {
    const found =
      /^\s*(?:from |\d+: from )?(?<file>[^\s:][^:]*\.(?:rb|rake|erb)|[^\s:]*bin\/\w+):(?<line>\d+):in [`'](?<name>[^']+)'(?:: (?<message>.*) \((?<type>[A-Z][\w:]*)\))?$/.exec(
        line,
      )?.groups
    if (!found?.file) return undefined
    const frame = { file: found.file, line: Number(found.line), column: undefined, name: found.name ?? "" }
    return found.type ? { frame, says: { type: found.type, message: found.message ?? "" } } : { frame }
  },
  head: () => undefined,
}

const php: Dialect = {
  language: "php",
  frame(line) {
    const head =
      /^(?:PHP )?(?:Fatal error|Warning|Notice|Parse error):\s+(?:Uncaught )?(?:(?<type>[A-Z][\w\\]*): )?(?<message>.*) in (?<file>\S.*\.php)(?: on line |:)(?<line>\d+)$/.exec(
        line,
      )?.groups
    if (head?.file) {
      const frame = { file: head.file, line: Number(head.line), column: undefined, name: "" }
      return { frame, says: { type: head.type ?? "", message: head.message ?? "" } }
    }
    return framed(/^#\d+ (?<file>.+\.php)\((?<line>\d+)\): (?<name>[\w\\:>-]+)/)(line, "", "")
  },
  head: () => undefined,
}

/** Those that read little else come before those that read much. */
export const dialects: readonly Dialect[] = [
  node,
  python,
  java,
  go,
  rustPanic,
  rustc,
  dotnet,
  ruby,
  php,
  compiler(
    "typescript",
    /^(?<file>[^\s(][^(]*)\((?<line>\d+),(?<column>\d+)\): (?:error|warning) (?<type>TS\d+): (?<message>.+)$/,
  ),
  compiler(
    "typescript",
    /^(?<file>[^\s:][^:]*\.[cm]?[jt]sx?):(?<line>\d+):(?<column>\d+) - (?:error|warning) (?<type>TS\d+): (?<message>.+)$/,
  ),
  compiler(
    "c",
    /^(?<file>(?:[A-Za-z]:)?[^\s:][^:]*):(?<line>\d+):(?<column>\d+): (?<type>(?:fatal )?error|warning): (?<message>.+)$/,
  ),
  compiler("java", /^(?<file>[^\s:][^:]*\.(?:java|kt)):(?<line>\d+): (?<type>error|warning): (?<message>.+)$/),
  compiler("go", /^(?:vet: )?(?<file>[^\s:][^:]*\.go):(?<line>\d+):(?<column>\d+): (?<message>.+)$/),
]
