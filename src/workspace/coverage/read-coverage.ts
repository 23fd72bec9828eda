import type { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import { readCobertura } from "./cobertura.ts"
import { type CoverageReport, coverageFormats } from "./coverage.ts"
import { readGoProfile } from "./go-profile.ts"
import { IstanbulJson, readIstanbul } from "./istanbul.ts"
import { readJacoco } from "./jacoco.ts"
import { readLcov } from "./lcov.ts"
import { LlvmJson, readLlvm } from "./llvm.ts"
import { readSimplecov, SimplecovJson } from "./simplecov.ts"
import { attribute, children, parseXml } from "./xml.ts"

/**
 * What a coverage file says, whichever of the known formats it has: told by its contents, since names say little. Nothing
 * of it is believed yet: see `checkedCoverage`. Throws InvalidInputError COVERAGE_UNREADABLE.
 */
export function readCoverage(text: string, name: string): CoverageReport {
  const start = text.replace(/^\uFEFF/, "").trimStart()
  const unreadable = (why: string, cause?: unknown) =>
    new InvalidInputError({
      code: "COVERAGE_UNREADABLE",
      message: `${name} can't be read as coverage: ${why}.`,
      hint: `Formats that are known: ${coverageFormats.join(", ")}. Make it anew with the project's test command.`,
      cause,
    })
  if (start === "") throw unreadable("it is empty")
  let report: CoverageReport | undefined
  try {
    if (start.startsWith("mode:")) report = readGoProfile(start)
    else if (start.startsWith("<")) report = ofXml(start)
    else if (start.startsWith("{")) report = ofJson(JSON.parse(start))
    else if (/^(?:TN|SF):/m.test(start)) report = readLcov(start)
  } catch (thrown) {
    throw unreadable(thrown instanceof Error ? firstLine(thrown.message) : String(thrown), thrown)
  }
  if (!report) throw unreadable("it has none of the formats that are known")
  if (report.files.length === 0) throw unreadable("it names no file")
  return report
}

function ofXml(text: string): CoverageReport | undefined {
  const document = parseXml(text)
  const [coverage] = children(document, "coverage")
  if (coverage && attribute(coverage, "clover") !== undefined)
    throw new Error("clover tells too little to be checked; jest, nyc and c8 write lcov beside it")
  if (coverage) return readCobertura(document)
  return children(document, "report").length > 0 ? readJacoco(document) : undefined
}

function ofJson(value: unknown): CoverageReport | undefined {
  const llvm = LlvmJson.safeParse(value)
  if (llvm.success) return readLlvm(llvm.data)
  const simplecov = SimplecovJson.safeParse(value)
  if (simplecov.success) return readSimplecov(simplecov.data)
  return readIstanbul(fits(IstanbulJson, value))
}

function fits<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [issue] = error.issues
  throw new Error(`as JSON of istanbul or llvm-cov, "${issue?.path.join(".")}" is wrong: ${issue?.message}`)
}

const firstLine = (text: string) => (text.split("\n")[0] ?? "").replace(/\.$/, "").slice(0, 300)
