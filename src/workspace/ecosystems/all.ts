import type { Ecosystem } from "./ecosystem.ts"
import { elixir } from "./elixir.ts"
import { go } from "./go.ts"
import { gradle, maven } from "./jvm.ts"
import { node } from "./node.ts"
import { php } from "./php.ts"
import { python } from "./python.ts"
import { ruby } from "./ruby.ts"
import { rust } from "./rust.ts"

/**
 * In order of precedence, where a folder is several: JavaScript comes last, as a package.json beside another manifest is
 * mostly there for tools.
 */
export const ecosystems: readonly Ecosystem[] = [rust, go, elixir, maven, gradle, python, ruby, php, node]
