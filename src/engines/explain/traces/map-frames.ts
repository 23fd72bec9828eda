import { SourceMap } from "node:module"
import { posix } from "node:path"
import { z } from "zod"
import { DuckError } from "../../../base/errors.ts"
import type { CodeIndex } from "../../../code/code-index.ts"
import type { Workspace } from "../../../workspace/workspace.ts"
import type { Frame } from "./trace.ts"

/** Where a frame is in this project. */
export interface MappedFrame extends Frame {
  /** Relative to the root; null where it is none of the project's files. */
  readonly path: string | null
  /** Line of `path`; differs from `line` where a source map led there. */
  readonly sourceLine: number
  /** How it was found: "", "by the end of its path", "by its source map". */
  readonly how: string
}

const Payload = z.object({ version: z.literal(3), sources: z.array(z.string().nullable()), mappings: z.string() })
const outside =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|\.cargo|rustc|go\/pkg\/mod|gems)\/|^node:|^<|^internal\//

/**
 * Maps frames to files of the project although the paths may be of another machine or a container: by the whole path, by
 * its source map where it is built code, else by the longest end of the path that only one file has.
 */
export async function mapFrames(
  frames: readonly Frame[],
  { index, workspace }: { readonly index: CodeIndex; readonly workspace: Workspace },
): Promise<MappedFrame[]> {
  const files = index.files()
  const known = new Set(files)
  const mapped: MappedFrame[] = []
  const maps = new Map<string, Promise<SourceMap | undefined>>()
  for (const frame of frames) {
    const file = frame.file
      .replaceAll("\\", "/")
      .replace(/^(?:file:\/\/|webpack:\/\/\/?(?:[^/]*\/)?)/, "")
      .replace(/[?#].*$/, "")
    const own = file.startsWith(`${workspace.root}/`) ? file.slice(workspace.root.length + 1) : undefined
    if (own === undefined && outside.test(file)) {
      mapped.push({ ...frame, path: null, sourceLine: frame.line, how: "" })
      continue
    }
    const relative = own ?? file.replace(/^\.\//, "")
    const source = await throughMap(relative, frame, { files, known, workspace, maps })
    if (source) mapped.push({ ...frame, ...source, how: "by its source map" })
    else if (known.has(relative)) mapped.push({ ...frame, path: relative, sourceLine: frame.line, how: "" })
    else
      mapped.push({ ...frame, path: byEnd(file, files) ?? null, sourceLine: frame.line, how: "by the end of its path" })
  }
  // A file that has no such line is another one of that name.
  return Promise.all(
    mapped.map(async (frame) => {
      if (frame.path === null) return { ...frame, how: "" }
      const lines = { startLine: frame.sourceLine, endLine: frame.sourceLine }
      const line = await index.text(frame.path, lines)
      return line === undefined || (line === "" && frame.how !== "") ? { ...frame, path: null, how: "" } : frame
    }),
  )
}

/** The file whose path has the longest end in common; undefined where several have, or only a name everybody uses. */
function byEnd(file: string, files: readonly string[]): string | undefined {
  const parts = file.split("/").filter((part) => part !== "" && part !== "." && part !== "..")
  for (let from = 0; from < parts.length; from++) {
    const end = parts.slice(from).join("/")
    const found = files.filter((path) => path === end || path.endsWith(`/${end}`))
    if (found.length === 1) return found[0]
    if (found.length > 1) return undefined
  }
  return undefined
}

interface Around {
  readonly files: readonly string[]
  readonly known: ReadonlySet<string>
  readonly workspace: Workspace
  readonly maps: Map<string, Promise<SourceMap | undefined>>
}

async function throughMap(path: string, frame: Frame, { files, known, workspace, maps }: Around) {
  if (!/\.[cm]?js$/.test(path)) return undefined
  // A container's /app/dist/a.js is dist/a.js here.
  const ends = path.split("/").map((_, at, parts) => parts.slice(at).join("/"))
  for (const built of ends.slice(0, 8)) {
    const map = maps.get(built) ?? readMap(built, workspace)
    maps.set(built, map)
    const found = (await map)?.findEntry(frame.line - 1, (frame.column ?? 1) - 1)
    if (!found || !("originalSource" in found)) continue
    const source = posix.normalize(
      posix.join(posix.dirname(built), found.originalSource.replace(/^webpack:\/\/[^/]*\//, "")),
    )
    const target = known.has(source) ? source : byEnd(source, files)
    if (target !== undefined) return { path: target, sourceLine: found.originalLine + 1 }
  }
  return undefined
}

async function readMap(built: string, workspace: Workspace): Promise<SourceMap | undefined> {
  try {
    const path = `${built}.map`
    if (path.startsWith("/") || !(await workspace.exists(path))) return undefined
    const { text } = await workspace.read(path)
    const payload = Payload.safeParse(JSON.parse(text))
    return payload.success ? new SourceMap(JSON.parse(text)) : undefined
  } catch (error) {
    // A map that can't be read maps nothing; the frame is told as it stands.
    if (error instanceof DuckError || error instanceof SyntaxError) return undefined
    throw error
  }
}
