import { analyze } from "./analyze.ts"
import { ask } from "./ask.ts"
import { auditVerify } from "./audit-verify.ts"
import { batch } from "./batch.ts"
import { chat } from "./chat.ts"
import { checkpointCompare } from "./checkpoint-compare.ts"
import { checkpointCreate } from "./checkpoint-create.ts"
import { checkpointDiff } from "./checkpoint-diff.ts"
import { checkpointList } from "./checkpoint-list.ts"
import { checkpointPrune } from "./checkpoint-prune.ts"
import { checkpointRedo } from "./checkpoint-redo.ts"
import { checkpointRestore } from "./checkpoint-restore.ts"
import { checkpointShow } from "./checkpoint-show.ts"
import { checkpointTag } from "./checkpoint-tag.ts"
import { checkpointUndo } from "./checkpoint-undo.ts"
import { checkpointVerify } from "./checkpoint-verify.ts"
import { commandSet } from "./command.ts"
import { complete } from "./complete.ts"
import { completion } from "./completion.ts"
import { configGet } from "./config-get.ts"
import { configList } from "./config-list.ts"
import { configPath } from "./config-path.ts"
import { configSet } from "./config-set.ts"
import { consoleCommand } from "./console.ts"
import { contextExplain } from "./context-explain.ts"
import { conventions } from "./conventions.ts"
import { doctor } from "./doctor.ts"
import { explain } from "./explain.ts"
import { genComponent } from "./gen-component.ts"
import { genModule } from "./gen-module.ts"
import { genRoute } from "./gen-route.ts"
import { genTest } from "./gen-test.ts"
import { generate } from "./generate.ts"
import { health } from "./health.ts"
import { help } from "./help.ts"
import { hooksInstall } from "./hooks-install.ts"
import { hooksList } from "./hooks-list.ts"
import { hooksStatus } from "./hooks-status.ts"
import { hooksUninstall } from "./hooks-uninstall.ts"
import { impact } from "./impact.ts"
import { indexRebuild } from "./index-rebuild.ts"
import { indexStatus } from "./index-status.ts"
import { indexWatch } from "./index-watch.ts"
import { interpret } from "./interpret.ts"
import { jobsCancel } from "./jobs-cancel.ts"
import { jobsList } from "./jobs-list.ts"
import { jobsRetry } from "./jobs-retry.ts"
import { jobsShow } from "./jobs-show.ts"
import { llmCompare } from "./llm-compare.ts"
import { llmConnect } from "./llm-connect.ts"
import { llmDisconnect } from "./llm-disconnect.ts"
import { llmListModels } from "./llm-list-models.ts"
import { llmRotateKeys } from "./llm-rotate-keys.ts"
import { llmSetDefault } from "./llm-set-default.ts"
import { llmSetEmbeddings } from "./llm-set-embeddings.ts"
import { llmSetModel } from "./llm-set-model.ts"
import { llmStatus } from "./llm-status.ts"
import { llmTest } from "./llm-test.ts"
import { llmUsage } from "./llm-usage.ts"
import { lspStatus } from "./lsp-status.ts"
import { memoryAdd } from "./memory-add.ts"
import { memoryExport } from "./memory-export.ts"
import { memoryForget } from "./memory-forget.ts"
import { memoryList } from "./memory-list.ts"
import { memorySearch } from "./memory-search.ts"
import { memoryUndo } from "./memory-undo.ts"
import { permissionsAdd } from "./permissions-add.ts"
import { permissionsExplain } from "./permissions-explain.ts"
import { permissionsList } from "./permissions-list.ts"
import { permissionsRemove } from "./permissions-remove.ts"
import { promptCompare } from "./prompt-compare.ts"
import { promptDiff } from "./prompt-diff.ts"
import { promptList } from "./prompt-list.ts"
import { promptRender } from "./prompt-render.ts"
import { promptShow } from "./prompt-show.ts"
import { promptStats } from "./prompt-stats.ts"
import { promptTest } from "./prompt-test.ts"
import { proposalsApply } from "./proposals-apply.ts"
import { proposalsDiscard } from "./proposals-discard.ts"
import { proposalsList } from "./proposals-list.ts"
import { proposalsShow } from "./proposals-show.ts"
import { refactor } from "./refactor.ts"
import { refactorExtract } from "./refactor-extract.ts"
import { refactorInline } from "./refactor-inline.ts"
import { refactorMove } from "./refactor-move.ts"
import { refactorMoveSymbol } from "./refactor-move-symbol.ts"
import { refactorOrganiseImports } from "./refactor-organise-imports.ts"
import { refactorRemoveUnused } from "./refactor-remove-unused.ts"
import { refactorRename } from "./refactor-rename.ts"
import { refactorRewrite } from "./refactor-rewrite.ts"
import { review } from "./review.ts"
import { rulesExplain } from "./rules-explain.ts"
import { rulesHistory } from "./rules-history.ts"
import { rulesList } from "./rules-list.ts"
import { rulesNew } from "./rules-new.ts"
import { rulesReload } from "./rules-reload.ts"
import { rulesRollback } from "./rules-rollback.ts"
import { rulesShow } from "./rules-show.ts"
import { rulesStats } from "./rules-stats.ts"
import { rulesValidate } from "./rules-validate.ts"
import { run } from "./run.ts"
import { search } from "./search.ts"
import { serve } from "./serve.ts"
import { sessionAnswer } from "./session-answer.ts"
import { sessionArchive } from "./session-archive.ts"
import { sessionBranch } from "./session-branch.ts"
import { sessionCompact } from "./session-compact.ts"
import { sessionContext } from "./session-context.ts"
import { sessionDelete } from "./session-delete.ts"
import { sessionDiff } from "./session-diff.ts"
import { sessionExport } from "./session-export.ts"
import { sessionHandoff } from "./session-handoff.ts"
import { sessionImport } from "./session-import.ts"
import { sessionInfo } from "./session-info.ts"
import { sessionInterrupt } from "./session-interrupt.ts"
import { sessionList } from "./session-list.ts"
import { sessionRename } from "./session-rename.ts"
import { sessionReplay } from "./session-replay.ts"
import { sessionResume } from "./session-resume.ts"
import { sessionRewind } from "./session-rewind.ts"
import { sessionSay } from "./session-say.ts"
import { sessionSearch } from "./session-search.ts"
import { sessionSet } from "./session-set.ts"
import { sessionShare } from "./session-share.ts"
import { sessionShell } from "./session-shell.ts"
import { sessionShow } from "./session-show.ts"
import { sessionStart } from "./session-start.ts"
import { sessionUnshare } from "./session-unshare.ts"
import { sessionWatch } from "./session-watch.ts"
import { skillsExpand } from "./skills-expand.ts"
import { skillsList } from "./skills-list.ts"
import { status } from "./status.ts"
import { stop } from "./stop.ts"
import { suggest } from "./suggest.ts"
import { test } from "./test.ts"
import { testCoverage } from "./test-coverage.ts"
import { testQuality } from "./test-quality.ts"
import { testSuggest } from "./test-suggest.ts"
import { trust } from "./trust.ts"
import { version } from "./version.ts"

/** Every command there is, in the order in which help lists them. */
export const registry = commandSet([
  ask,
  run,
  chat,
  consoleCommand,
  search,
  explain,
  impact,
  review,
  analyze,
  complete,
  generate,
  genModule,
  genComponent,
  genRoute,
  genTest,
  conventions,
  test,
  testQuality,
  testCoverage,
  testSuggest,
  refactor,
  refactorExtract,
  refactorInline,
  refactorMove,
  refactorMoveSymbol,
  refactorOrganiseImports,
  refactorRemoveUnused,
  refactorRename,
  refactorRewrite,
  proposalsList,
  proposalsShow,
  proposalsApply,
  proposalsDiscard,
  batch,
  suggest,
  interpret,
  checkpointCreate,
  checkpointList,
  checkpointShow,
  checkpointDiff,
  checkpointCompare,
  checkpointRestore,
  checkpointUndo,
  checkpointRedo,
  checkpointTag,
  checkpointPrune,
  checkpointVerify,
  sessionList,
  sessionShow,
  sessionResume,
  sessionSearch,
  sessionInfo,
  sessionStart,
  sessionSay,
  sessionShell,
  sessionContext,
  sessionWatch,
  sessionAnswer,
  sessionInterrupt,
  sessionSet,
  sessionRename,
  sessionArchive,
  sessionDelete,
  sessionBranch,
  sessionRewind,
  sessionHandoff,
  sessionShare,
  sessionUnshare,
  sessionCompact,
  sessionReplay,
  sessionDiff,
  sessionExport,
  sessionImport,
  memoryList,
  memoryAdd,
  memoryForget,
  memoryUndo,
  memorySearch,
  memoryExport,
  skillsList,
  skillsExpand,
  rulesList,
  rulesShow,
  rulesNew,
  rulesValidate,
  rulesExplain,
  rulesReload,
  rulesHistory,
  rulesRollback,
  rulesStats,
  contextExplain,
  promptList,
  promptShow,
  promptRender,
  promptTest,
  promptDiff,
  promptCompare,
  promptStats,
  hooksList,
  hooksInstall,
  hooksStatus,
  hooksUninstall,
  trust,
  permissionsList,
  permissionsExplain,
  permissionsAdd,
  permissionsRemove,
  lspStatus,
  indexStatus,
  indexRebuild,
  indexWatch,
  llmStatus,
  llmConnect,
  llmDisconnect,
  llmSetModel,
  llmSetDefault,
  llmSetEmbeddings,
  llmListModels,
  llmTest,
  llmUsage,
  llmCompare,
  llmRotateKeys,
  configList,
  configGet,
  configSet,
  configPath,
  status,
  health,
  doctor,
  serve,
  stop,
  jobsList,
  jobsShow,
  jobsCancel,
  jobsRetry,
  auditVerify,
  completion,
  version,
  help,
])

/** Types only: a client knows each command's input and output from it. */
export type Registry = typeof registry
