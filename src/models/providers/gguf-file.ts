import { open, realpath, stat } from "node:fs/promises"
import { systemCode } from "../../base/errors.ts"
import { ModelError } from "../errors.ts"

/**
 * The real path of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Its first bytes are looked at
 * here, so that a wrong file is said before hundreds of megabytes of library are loaded for it.
 * Throws ModelError MODEL_UNKNOWN.
 */
export async function ggufFile(path: string, provider: string): Promise<string> {
  const wrong = (message: string, hint: string, cause?: unknown) =>
    new ModelError({ fault: "MODEL_UNKNOWN", message, hint, provider, cause })
  try {
    const real = await realpath(path)
    // A pipe would never be opened.
    if (!(await stat(real)).isFile()) throw wrong(`${path} is not a file.`, "Name the GGUF file itself.")
    await using file = await open(real, "r")
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0)
    if (bytesRead < 8 || buffer.toString("latin1", 0, 4) !== "GGUF") {
      throw wrong(`${path} is not a GGUF file: it does not begin with "GGUF".`, "Name a model file that ends in .gguf.")
    }
    return real
  } catch (cause) {
    if (cause instanceof ModelError) throw cause
    const code = systemCode(cause)
    const why =
      code === "ENOENT" ? "it is not there" : code === "EACCES" ? "it may not be read" : (code ?? String(cause))
    throw wrong(`The model file ${path} can't be read: ${why}.`, "Check the path with `duck llm status`.", cause)
  }
}
