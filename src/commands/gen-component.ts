import { genCommand } from "./generate/gen-command.ts"

export const genComponent = genCommand("component", "menu-item")
