import type { Checker } from "./checker.ts"
import { biome } from "./checkers/biome.ts"
import { cargo } from "./checkers/cargo.ts"
import { eslint } from "./checkers/eslint.ts"
import { goVet } from "./checkers/go-vet.ts"
import { mypy } from "./checkers/mypy.ts"
import { oxlint } from "./checkers/oxlint.ts"
import { pyright } from "./checkers/pyright.ts"
import { ruff } from "./checkers/ruff.ts"
import { tsc } from "./checkers/tsc.ts"

/** All that are known. */
export const checkers: readonly Checker[] = [tsc, biome, eslint, oxlint, ruff, mypy, pyright, goVet, cargo]
