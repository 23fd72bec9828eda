import type { Framework } from "./framework.ts"
import { nodeFrameworks } from "./node-frameworks.ts"
import { otherFrameworks } from "./other-frameworks.ts"
import { pythonFrameworks } from "./python-frameworks.ts"

/** All that are known. */
export const frameworks: readonly Framework[] = [...nodeFrameworks, ...pythonFrameworks, ...otherFrameworks]
