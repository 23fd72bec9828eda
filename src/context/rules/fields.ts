import { valid, validRange } from "semver"
import { z } from "zod"
import { pathGlob } from "../../workspace/glob.ts"
import { Check } from "./check-field.ts"
import { expanded } from "./globs.ts"
import { scopes } from "./scopes.ts"

const Id = z
  .string()
  .max(200)
  .regex(/^[\w.][\w./-]*$/, "takes letters, digits, `.`, `_`, `/` and `-`")
const list = <T extends z.ZodType>(item: T) =>
  z.union([z.array(item).max(1_000), item.transform((one) => [one])]).default([] as z.output<T>[])

const Glob = z
  .string()
  .min(1)
  .max(1_000)
  .refine((glob) => expanded(glob.replace(/^!/, "")).every((one) => pathGlob(one) !== undefined), "is no glob")

/** `base` or `base@^1.2`. */
const Requirement = z.string().refine((text) => {
  const at = text.lastIndexOf("@")
  return at <= 0
    ? Id.safeParse(text).success
    : Id.safeParse(text.slice(0, at)).success && validRange(text.slice(at + 1)) !== null
}, "is an id, or an id with a range of versions: `base@^1.2`")

/** The front matter of our own files. Keys that are not here are warned of. */
export const RuleFields = z
  .object({
    id: Id.optional(),
    title: z.string().trim().min(1).max(200).optional(),
    description: z.string().trim().max(1_000).default(""),
    scope: z.enum(scopes).optional(),
    globs: list(Glob),
    languages: list(z.string().min(1).max(50)),
    frameworks: list(z.string().min(1).max(200)),
    tasks: list(z.string().min(1).max(100)),
    tags: list(z.string().min(1).max(50)),
    priority: z.number().min(-1_000).max(1_000).default(0),
    version: z
      .string()
      .refine((text) => valid(text) !== null, "is no semantic version, such as 1.2.0")
      .optional(),
    requires: list(Requirement),
    overrides: list(Id),
    extends: Id.optional(),
    severity: z.enum(["hard", "soft"]).default("soft"),
    check: Check.optional(),
    decides: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
    model: z.strictObject({ class: z.string().min(1).max(100) }).optional(),
    chunking: z
      .strictObject({ unit: z.enum(["symbol", "file", "section"]), maxTokens: z.int().min(50).max(100_000).optional() })
      .optional(),
    rollout: z.number().min(0).max(100).default(100),
    flag: z.string().min(1).max(100).optional(),
    enabled: z.boolean().default(true),
  })
  .superRefine((fields, context) => {
    const wants = {
      folder: "globs",
      file: "globs",
      language: "languages",
      framework: "frameworks",
      task: "tasks",
    } as const
    const { scope } = fields
    if (scope === undefined || scope === "project") return
    if (fields[wants[scope]].length > 0) return
    // Folders of .ai-rules name language and framework; see `aiRule`.
    if (scope === "language" || scope === "framework") return
    context.addIssue({ code: "custom", path: ["scope"], message: `${scope} wants \`${wants[scope]}\` as well` })
  })
export type RuleFields = z.infer<typeof RuleFields>

export const ruleKeys: readonly string[] = Object.keys(RuleFields.shape)
